package io.pgvigil.core.store;

/// Bytes `offset` (inclusive) to `offset + length` (exclusive) of an object.
public record ByteRange(long offset, long length) {
    public ByteRange {
        if (offset < 0 || length < 1)
            throw new IllegalArgumentException("not a byte range: " + offset + "+" + length);
    }

    public long end() {
        return offset + length;
    }
}
