package io.pgvigil.archive.facts;

/// An order-independent 128-bit fingerprint of a multiset of byte strings: the sum, modulo 2^128, of
/// the XXH3-128 of each.
///
/// A sum and not an exclusive-or, because with the latter `x, x, y` equals `z, z, y`.
/// Written as 32 lower-case hexadecimal digits, most significant first.
public record Fingerprint(long high, long low) {
    public static final Fingerprint EMPTY = new Fingerprint(0, 0);

    /// The fingerprint of both multisets together.
    public Fingerprint plus(Fingerprint other) {
        var sumLow = low + other.low;
        var carry = Long.compareUnsigned(sumLow, low) < 0 ? 1 : 0;
        return new Fingerprint(high + other.high + carry, sumLow);
    }

    public static Fingerprint parse(String hex) {
        if (!hex.matches("[0-9a-f]{32}"))
            throw new IllegalArgumentException("not a fingerprint: '" + hex + "'");
        return new Fingerprint(
                Long.parseUnsignedLong(hex, 0, 16, 16), Long.parseUnsignedLong(hex, 16, 32, 16));
    }

    @Override
    public String toString() {
        return "%016x%016x".formatted(high, low);
    }
}
