package io.pgvigil.archive.facts;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Eight bytes at a time: most of the tap's work is finding line ends.
final class Bytes {
    static final Pattern LINE_FEED = new Pattern('\n');
    static final Pattern TAB = new Pattern('\t');

    private static final VarHandle LITTLE =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle BIG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private Bytes() {}

    /// A byte to search for.
    record Pattern(byte octet, long eightTimes) {
        Pattern(char ascii) {
            this((byte) ascii, ascii * ONES);
        }
    }

    /// Index of the first such byte, or -1.
    static int indexOf(Pattern wanted, byte[] bytes, int from, int to) {
        var index = from;
        for (; index <= to - Long.BYTES; index += Long.BYTES) {
            var word = (long) LITTLE.get(bytes, index) ^ wanted.eightTimes;
            // Borrows run upwards only, so the lowest marked byte is a true match.
            var zeros = (word - ONES) & ~word & HIGH_BITS;
            if (zeros != 0) return index + (Long.numberOfTrailingZeros(zeros) >>> 3);
        }
        for (; index < to; index++) if (bytes[index] == wanted.octet) return index;
        return -1;
    }

    static void putLong(byte[] bytes, int at, long value) {
        BIG.set(bytes, at, value);
    }
}
