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
