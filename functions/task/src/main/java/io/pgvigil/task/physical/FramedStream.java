package io.pgvigil.task.physical;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectUpload;
import io.pgvigil.wire.FactsDocument.Frame;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Compresses a stream into zstd frames of [#FRAME] bytes each, several at a time, and uploads them in
/// order.
///
/// Each frame is compressed for itself: no thread waits for another, and a restore can fetch and
/// decompress any of them alone. `zstd -d` reads them as one. Memory is bounded by the frames under way.
///
/// Every [#SECTION] bytes or a little later a frame begins with a member of the archive: from there on
/// another thread of a restore can unpack.
final class FramedStream implements AutoCloseable {
    static final int FRAME = 8 << 20;
    static final long SECTION = 64L << 20;

    private final ObjectUpload upload;
    private final int level;
    private final long section;
    private final int ahead;
    private final ExecutorService threads;
    private final Deque<Future<Room>> underWay = new ArrayDeque<>();
    private final Deque<Room> spare = new ArrayDeque<>();
    private final List<Frame> frames = new ArrayList<>();
    private final List<Long> sections = new ArrayList<>(List.of(0L));
    private Room filling = new Room();
    private long begun;
    private OptionalLong cut = OptionalLong.empty();
    private long taken;
    private long stored;

    /// A frame and what it is compressed to, used again for later ones: arrays of this size would fill the
    /// heap before anybody collected them.
    private static final class Room {
        private final byte[] raw = new byte[FRAME];
        private final byte[] packed = new byte[(int) Zstd.compressBound(FRAME)];
        private int filled;
        private int size;

        Room pack(int level) {
            try (var zstd = new ZstdCompressCtx()) {
                // Each frame carries a checksum of its content, which zstd -d verifies by itself.
                zstd.setLevel(level).setChecksum(true);
                size = zstd.compressByteArray(packed, 0, packed.length, raw, 0, filled);
            }
            return this;
        }
    }

    FramedStream(ObjectUpload upload, int level, int workers) {
        this(upload, level, workers, SECTION);
    }

    FramedStream(ObjectUpload upload, int level, int workers, long section) {
        this.upload = upload;
        this.level = level;
        this.section = section;
        this.ahead = workers + 1;
        this.threads =
                Executors.newFixedThreadPool(
                        workers, Thread.ofPlatform().name("compress-", 0).daemon().factory());
    }

    /// Room for at least one byte of the stream; say with [#written] how many were put there.
    byte[] room() {
        return filling.raw;
    }

    int roomOffset() {
        return filling.filled;
    }

    int roomLength() {
        return FRAME - filling.filled;
    }

    void written(int length) {
        filling.filled += length;
        if (cut.isPresent()) cut((int) (cut.getAsLong() - begun));
        if (filling.filled == FRAME) pack();
    }

    /// A member of the archive begins here, within what is going to be [#written] next.
    void memberAt(long offset) {
        // Members and frames begin at blocks of 512 bytes, so that no header is in two frames.
        if (cut.isEmpty() && offset - sections.getLast() >= section) cut = OptionalLong.of(offset);
    }

    private void cut(int length) {
        sections.add(begun + length);
        cut = OptionalLong.empty();
        if (length == 0) return;
        var full = filling;
        var rest = full.filled - length;
        full.filled = length;
        pack();
        System.arraycopy(full.raw, length, filling.raw, 0, rest);
        filling.filled = rest;
    }

    /// Compresses and uploads what is left. The upload is not completed here.
    void finish() {
        if (filling.filled > 0 || frames.isEmpty() && underWay.isEmpty()) pack();
        while (!underWay.isEmpty()) passOn();
    }

    List<Frame> frames() {
        return List.copyOf(frames);
    }

    /// Where the archive can be begun.
    List<Long> sections() {
        return List.copyOf(sections);
    }

    long storedBytes() {
        return stored;
    }

    private void pack() {
        var full = filling;
        begun += full.filled;
        underWay.add(threads.submit(() -> full.pack(level)));
        while (underWay.size() > ahead) passOn();
        var next = spare.poll();
        filling = next == null ? new Room() : next;
        filling.filled = 0;
    }

    private void passOn() {
        try {
            var next = underWay.remove().get();
            frames.add(new Frame(taken, stored));
            upload.write(next.packed, 0, next.size);
            taken += next.filled;
            stored += next.size;
            spare.add(next);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(
                    ErrorCode.RUN_CANCELLED,
                    "the backup was cancelled",
                    "Nothing of it was kept; start it again when you are ready.",
                    e);
        } catch (ExecutionException e) {
            throw new Problem(
                    ErrorCode.INTERNAL,
                    "compressing failed: " + e.getCause(),
                    "This is a defect of ours, or the machine is out of memory.",
                    e);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
