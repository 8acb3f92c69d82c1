package io.pgvigil.core;

/// What a CRC-32C can do besides [java.util.zip.CRC32C]: those of two parts make that of the whole.
///
/// A CRC is a remainder of polynomials over GF(2). The first part stands before as many bytes as the
/// second one has, so its remainder is multiplied with the x of that power. Bits are reflected: the
/// highest is the coefficient of x^0.
public final class Crc32c {
    private static final int POLYNOMIAL = 0x82F63B78;
    private static final int ONE = 1 << 31;
    private static final int X_TO_THE_8TH = ONE >>> 8;

    private Crc32c() {}

    /// @param bytes how long the second part is
    public static int joined(int first, int second, long bytes) {
        var shift = ONE;
        var square = X_TO_THE_8TH;
        for (var left = bytes; left > 0; left >>= 1) {
            if ((left & 1) != 0) shift = product(shift, square);
            square = product(square, square);
        }
        return product(shift, first) ^ second;
    }

    private static int product(int a, int b) {
        var sum = 0;
        var shifted = b;
        for (var bit = ONE; bit != 0; bit >>>= 1) {
            if ((a & bit) != 0) sum ^= shifted;
            shifted = (shifted & 1) == 0 ? shifted >>> 1 : shifted >>> 1 ^ POLYNOMIAL;
        }
        return sum;
    }
}
