package io.pgvigil.core.wal;

/// One branch of a server's history. The first is 1; a larger one began later.
public record TimelineId(int value) implements Comparable<TimelineId> {
    public static final TimelineId FIRST = new TimelineId(1);

    public TimelineId {
        if (value < 1)
            throw new IllegalArgumentException("timeline must be 1 or greater, was " + value);
    }

    /// Reads the eight hexadecimal digits with which file names begin.
    public static TimelineId ofDigits(String digits) {
        try {
            if (!digits.matches("[0-9A-F]{8}")) throw new NumberFormatException("not 8 digits");
            return new TimelineId(Integer.parseUnsignedInt(digits, 16));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not a timeline: '" + digits + "'", e);
        }
    }

    /// As file names begin with it: `0000000A`.
    public String digits() {
        return "%08X".formatted(value);
    }

    /// The name of the file that tells where this timeline came from; timeline 1 has none.
    public String historyFile() {
        return digits() + ".history";
    }

    @Override
    public int compareTo(TimelineId other) {
        return Integer.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Integer.toString(value);
    }
}
