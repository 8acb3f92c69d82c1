package io.pgvigil.core.wal;

import io.pgvigil.core.Lsn;

/// How long every segment of a server's log is: a power of two from 1 MB to 1 GB, chosen at `initdb`.
public record WalSegmentSize(int bytes) {
    public static final WalSegmentSize DEFAULT = new WalSegmentSize(16 << 20);

    public WalSegmentSize {
        if (Integer.bitCount(bytes) != 1 || bytes < 1 << 20 || bytes > 1 << 30)
            throw new IllegalArgumentException(
                    "a WAL segment has a power of two from 1 MB to 1 GB, not " + bytes + " bytes");
    }

    /// The number of the segment that holds the byte at this position.
    public long segmentOf(Lsn position) {
        return Long.divideUnsigned(position.value(), bytes);
    }

    /// Where a segment begins.
    public Lsn begin(long segment) {
        return new Lsn(segment * bytes);
    }

    /// How far into its segment a position is.
    public int offset(Lsn position) {
        return (int) (position.value() & (bytes - 1));
    }

    /// How many segments share the middle third of a name.
    long segmentsPerLog() {
        return (1L << 32) / bytes;
    }

    @Override
    public String toString() {
        return bytes < 1 << 30 ? (bytes >> 20) + " MB" : "1 GB";
    }
}
