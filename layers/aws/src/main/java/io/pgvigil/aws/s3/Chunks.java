package io.pgvigil.aws.s3;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;

/// Memory for what is on its way to a store, used again by later uploads: arrays of this size go where
/// nobody collects them before the heap is full.
final class Chunks {
    static final int SIZE = 1 << 20;

    /// Of one upload with several parts in flight, or of the segments of a harvest.
    private static final int KEPT = 64;

    private final Queue<byte[]> spare = new ArrayBlockingQueue<>(KEPT);

    byte[] take() {
        var used = spare.poll();
        return used == null ? new byte[SIZE] : used;
    }

    /// Nothing may read them any more. What is too much is left to the collector.
    void giveBack(List<byte[]> chunks) {
        chunks.forEach(spare::offer);
    }
}
