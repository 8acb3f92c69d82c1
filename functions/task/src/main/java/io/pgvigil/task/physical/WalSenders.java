package io.pgvigil.task.physical;

import static java.util.Objects.requireNonNull;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.wal.SegmentName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Stores segments of the log while the next ones arrive, each on a thread of its own.
///
/// - **In order:** [#next] tells of a segment when it is stored, and never before one that came earlier.
/// - **Bounded:** what has arrived and is not compressed yet is at most [#BLOCKS] blocks of [#BLOCK] bytes,
///   of at most [#AT_ONCE] segments. The blocks are used again.
final class WalSenders implements AutoCloseable {
    static final int AT_ONCE = 3;

    static final int BLOCK = 1 << 20;

    /// Two segments of the usual size and a half.
    private static final int BLOCKS = 40;

    /// How long a permission is good for; a claim that was just renewed is held for much longer.
    private static final Duration PERMITTED = Duration.ofSeconds(5);

    private static final Duration FAREWELL = Duration.ofSeconds(30);

    private final ObjectStore store;
    private final int level;
    private final Runnable permission;
    private final Semaphore room = new Semaphore(BLOCKS);
    private final Queue<byte[]> spare;
    private final Deque<Sending> underWay = new ArrayDeque<>();
    private final ExecutorService threads =
            Executors.newFixedThreadPool(
                    AT_ONCE, Thread.ofPlatform().name("send-", 0).daemon().factory());
    private @Nullable Long permitted;

    /// @param permission called before a segment is made to appear in the store, unless it was called
    ///     moments ago; throws to forbid it
    /// @param spare blocks that nobody uses, for those who come later
    WalSenders(ObjectStore store, int level, Runnable permission, Queue<byte[]> spare) {
        this.spare = spare;
        this.store = store;
        this.level = level;
        this.permission = permission;
    }

    /// @param stored whether it was stored just now; false when it was there with the same content
    record Sent(SegmentName name, boolean whole, boolean stored) {}

    private record Chunk(byte[] block, int count) {
        private static final Chunk END = new Chunk(new byte[0], 0);
    }

    /// A segment, or the beginning of one, on its way.
    final class Sending {
        private final SegmentName name;
        private final boolean whole;
        private final BlockingQueue<Chunk> chunks = new LinkedBlockingQueue<>();
        private final Future<Boolean> stored;
        private byte @Nullable [] filling;
        private int filled;

        private Sending(SegmentName name, boolean whole, ObjectKey key, boolean there) {
            this.name = name;
            this.whole = whole;
            this.stored = threads.submit(() -> send(key, there));
        }

        void write(byte[] bytes, int offset, int count) {
            for (var done = 0; done < count; ) {
                if (filling == null) filling = block();
                var part = Math.min(count - done, BLOCK - filled);
                System.arraycopy(bytes, offset + done, filling, filled, part);
                filled += part;
                done += part;
                if (filled == BLOCK) pass();
            }
        }

        void end() {
            if (filled > 0) pass();
            chunks.add(Chunk.END);
        }

        /// The rest of it does not come; nothing of it is stored.
        void giveUp() {
            underWay.remove(this);
            stored.cancel(true);
        }

        private void pass() {
            chunks.add(new Chunk(requireNonNull(filling), filled));
            filling = null;
            filled = 0;
        }

        private boolean send(ObjectKey key, boolean there)
                throws IOException, InterruptedException {
            try (var target = new WalTarget(store, key, level, there)) {
                for (var chunk = chunks.take(); chunk != Chunk.END; chunk = chunks.take()) {
                    target.write(chunk.block(), 0, chunk.count());
                    spare.add(chunk.block());
                    room.release();
                }
                requirePermission();
                return target.complete();
            }
        }
    }

    /// @param there whether it is known to be in the store
    Sending begin(SegmentName name, boolean whole, ObjectKey key, boolean there) {
        if (underWay.size() == AT_ONCE) throw new IllegalStateException("take one with next first");
        var sending = new Sending(name, whole, key, there);
        underWay.add(sending);
        return sending;
    }

    private byte[] block() {
        try {
            while (!room.tryAcquire(100, TimeUnit.MILLISECONDS)) throwFailure();
        } catch (InterruptedException e) {
            throw cancelled(e);
        }
        var next = spare.poll();
        return next == null ? new byte[BLOCK] : next;
    }

    /// Asked for each segment, it would be a write to the store for each.
    private synchronized void requirePermission() {
        var now = System.nanoTime();
        if (permitted != null && now - permitted < PERMITTED.toNanos()) return;
        permission.run();
        permitted = now;
    }

    int underWay() {
        return underWay.size();
    }

    /// Whether [#next] would not have to wait.
    boolean ready() {
        var first = underWay.peek();
        return first != null && first.stored.isDone();
    }

    /// The earliest one that is under way, once it is stored.
    Sent next() {
        var first = underWay.remove();
        return new Sent(first.name, first.whole, result(first));
    }

    /// One that failed keeps nothing any more, so that who writes would wait for ever.
    private void throwFailure() {
        for (var one : underWay) {
            if (one.stored.state() == Future.State.FAILED) result(one);
        }
    }

    private static boolean result(Sending sending) {
        try {
            return sending.stored.get();
        } catch (InterruptedException e) {
            throw cancelled(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Problem problem) throw problem;
            if (e.getCause() instanceof IOException why) throw new UncheckedIOException(why);
            throw new IllegalStateException("could not store " + sending.name, e.getCause());
        }
    }

    private static Problem cancelled(InterruptedException why) {
        Thread.currentThread().interrupt();
        return new Problem(
                ErrorCode.RUN_CANCELLED,
                "the harvest was cancelled",
                "What is stored is stored; the next one goes on from there.",
                why);
    }

    /// Gives up what is under way.
    @Override
    public void close() {
        threads.shutdownNow();
        try {
            var ended = threads.awaitTermination(FAREWELL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
