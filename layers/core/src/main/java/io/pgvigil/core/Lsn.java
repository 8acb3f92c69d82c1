package io.pgvigil.core;

/// A position in the write-ahead log, written the way PostgreSQL writes it: `16/B374D848`.
public record Lsn(long value) implements Comparable<Lsn> {

    /// Reads PostgreSQL's `pg_lsn` text form: two hexadecimal halves around a slash.
    public static Lsn parse(String text) {
        var slash = text.indexOf('/');
        try {
            if (slash < 1) throw new NumberFormatException("no slash");
            var high = Integer.parseUnsignedInt(text, 0, slash, 16);
            var low = Integer.parseUnsignedInt(text, slash + 1, text.length(), 16);
            return new Lsn(Integer.toUnsignedLong(high) << 32 | Integer.toUnsignedLong(low));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a WAL position: '" + text + "'", e);
        }
    }

    /// The position so many bytes further on.
    public Lsn plus(long bytes) {
        return new Lsn(value + bytes);
    }

    /// How many bytes of log lie between an earlier position and this one.
    public long minus(Lsn earlier) {
        if (compareTo(earlier) < 0)
            throw new IllegalArgumentException(this + " is before " + earlier);
        return value - earlier.value;
    }

    public boolean isBefore(Lsn other) {
        return compareTo(other) < 0;
    }

    public boolean isAfter(Lsn other) {
        return compareTo(other) > 0;
    }

    /// Unsigned, because the upper half of the WAL address space is negative as a `long`.
    @Override
    public int compareTo(Lsn other) {
        return Long.compareUnsigned(value, other.value);
    }

    @Override
    public String toString() {
        return "%X/%X".formatted(value >>> 32, value & 0xFFFF_FFFFL);
    }
}
