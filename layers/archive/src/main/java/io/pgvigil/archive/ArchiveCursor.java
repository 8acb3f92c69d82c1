package io.pgvigil.archive;

import static io.pgvigil.archive.ArchiveException.Kind.TRUNCATED;
import static io.pgvigil.archive.ArchiveException.damaged;

import java.io.IOException;
import java.util.Arrays;

/// The position in the stream, and the format's two primitives: bytes and signed integers.
final class ArchiveCursor {
    static final int INTEGER_BYTES = 5;
    private static final int FIRST_STEP_BYTES = 64 * 1024;

    private static final byte[] NOTHING = {};

    private final ArchiveInput input;
    private byte[] array = NOTHING;
    private int index;
    private int end;

    /// Offset in the archive of `array[0]`; negative while an array's first bytes are not ours.
    private long base;

    private boolean exhausted;

    ArchiveCursor(ArchiveInput input) {
        this.input = input;
    }

    long offset() {
        return base + index;
    }

    /// The buffer that holds the next byte.
    byte[] array() {
        return array;
    }

    int index() {
        return index;
    }

    int available() {
        return end - index;
    }

    /// Gets the next buffer if this one is used up. False at the end of the stream.
    boolean hasMore() throws IOException {
        return index < end || refill();
    }

    private boolean refill() throws IOException {
        if (exhausted) return false;
        var offset = offset();
        var buffer = input.next();
        if (buffer == null || !buffer.hasRemaining()) {
            exhausted = true;
            array = NOTHING;
            index = 0;
            end = 0;
            base = offset;
            return false;
        }
        array = buffer.array();
        index = buffer.arrayOffset() + buffer.position();
        end = index + buffer.remaining();
        base = offset - index;
        return true;
    }

    /// Moves over bytes of the current buffer.
    void advance(int count) {
        index += count;
    }

    int unsignedByte(String what) throws IOException {
        if (!hasMore()) throw truncated(what);
        return array[index++] & 0xFF;
    }

    /// A sign byte, then 32 bits, least significant first. Whatever no writer produces is refused,
    /// so that damage shows at the first byte and not megabytes later.
    int integer(String what) throws IOException {
        int sign;
        int magnitude;
        if (end - index >= INTEGER_BYTES) {
            sign = array[index];
            magnitude =
                    (array[index + 1] & 0xFF)
                            | (array[index + 2] & 0xFF) << 8
                            | (array[index + 3] & 0xFF) << 16
                            | array[index + 4] << 24;
            index += INTEGER_BYTES;
        } else {
            sign = unsignedByte(what);
            magnitude = 0;
            for (var shift = 0; shift < 32; shift += 8) magnitude |= unsignedByte(what) << shift;
        }
        if (sign == 0 && magnitude >= 0) return magnitude;
        // The smallest integer is its own negative, and the only one whose top bit may be set.
        if (sign == 1 && magnitude != 0 && (magnitude > 0 || magnitude == Integer.MIN_VALUE))
            return -magnitude;
        throw damaged(
                offset() - INTEGER_BYTES,
                "%s is not an integer (sign byte %d, magnitude %d)"
                        .formatted(what, sign & 0xFF, Integer.toUnsignedLong(magnitude)));
    }

    /// Exactly `length` bytes. Memory grows with what arrives, not with what a damaged length claims.
    byte[] bytes(int length, String what) throws IOException {
        var bytes = new byte[Math.min(length, FIRST_STEP_BYTES)];
        var filled = 0;
        while (filled < length) {
            if (!hasMore()) throw truncated(what);
            if (filled == bytes.length)
                bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * bytes.length));
            var count = Math.min(available(), bytes.length - filled);
            System.arraycopy(array, index, bytes, filled, count);
            index += count;
            filled += count;
        }
        return bytes;
    }

    void skip(long count, String what) throws IOException {
        var left = count;
        while (left > 0) {
            if (!hasMore()) throw truncated(what);
            var step = (int) Math.min(left, available());
            index += step;
            left -= step;
        }
    }

    ArchiveException truncated(String what) {
        return new ArchiveException(TRUNCATED, offset(), "the stream ends in " + what);
    }
}
