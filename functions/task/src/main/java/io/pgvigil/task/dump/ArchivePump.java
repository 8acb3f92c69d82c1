package io.pgvigil.task.dump;

import io.pgvigil.archive.ArchiveException;
import io.pgvigil.archive.ArchiveInput;
import io.pgvigil.archive.ArchiveLimits;
import io.pgvigil.archive.BlockListener;
import io.pgvigil.archive.facts.ArchiveFacts;
import io.pgvigil.archive.facts.ArchiveTap;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectUpload;
import io.pgvigil.task.Archives;
import io.pgvigil.task.Progress;
import io.pgvigil.wire.FactsDocument.Frame;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Moves an archive from a pipe into a store, and learns everything about it on the way.
///
/// Reading, tapping and compressing each have a thread; sending has its own behind the upload. A
/// fixed set of buffers goes round between them: that is all the memory there is, whatever the
/// size of the database.
final class ArchivePump {
    static final int BUFFERS = 24;
    static final int BUFFER_SIZE = 512 << 10;

    private static final Filled END = new Filled(new byte[0], 0);

    /// Wakes the parser when another thread has failed. Not an interrupt: that means "cancel", and one
    /// that comes late would hit whatever this thread does next.
    private static final Filled STOP = new Filled(new byte[0], 0);

    // Every buffer, END, and a STOP of each thread: putting never blocks.
    private static final int ROOM = BUFFERS + 3;

    private final int level;
    private final int workers;
    private final Progress progress;
    private final BlockingQueue<byte[]> empty = new ArrayBlockingQueue<>(BUFFERS);
    private final BlockingQueue<Filled> filled = new ArrayBlockingQueue<>(ROOM);
    private final BlockingQueue<Tapped> tapped = new ArrayBlockingQueue<>(ROOM);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    record Pumped(ArchiveFacts facts, List<Frame> frames, long storedBytes) {}

    private record Filled(byte[] bytes, int length) {}

    /// @param cuts positions in the buffer at which a data block begins, ascending
    private record Tapped(Filled buffer, int[] cuts) {}

    ArchivePump(int level, int workers, Progress progress) {
        this.level = level;
        this.workers = workers;
        this.progress = progress;
        for (var i = 0; i < BUFFERS; i++) empty.add(new byte[BUFFER_SIZE]);
    }

    /// Returns when the archive has been read to its end, parsed to its end, and handed to the upload,
    /// which is not completed here: whether the program that wrote it was content is still to be
    /// asked.
    Pumped run(InputStream archive, ObjectUpload upload) {
        try (var compressor = new FramedCompressor(upload, level, workers)) {
            var reader = start("read archive", () -> read(archive));
            var sender = start("compress archive", () -> compress(compressor));
            try {
                var input = new TappedInput();
                var facts =
                        new ArchiveTap(
                                        input,
                                        (bytes, rows, entry) -> progress.moved(bytes, rows),
                                        ArchiveLimits.STANDARD)
                                .drain(input);
                input.finish();
                reader.join();
                sender.join();
                throwIfFailed();
                return new Pumped(facts, compressor.frames(), compressor.storedBytes());
            } catch (ArchiveException e) {
                throwIfFailed();
                throw Archives.problem("the dump", e);
            } catch (InterruptedIOException e) {
                throw cancelled(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw cancelled(e);
            } catch (IOException e) {
                throwIfFailed();
                throw failed(e);
            } finally {
                reader.interrupt();
                sender.interrupt();
                // The pipe is what a reader may hang on; the dump's owner closes it. The compressor
                // must not be closed under the sender's hands.
                joinQuietly(sender);
            }
        } catch (IOException e) {
            throwIfFailed();
            if (Thread.currentThread().isInterrupted())
                throw cancelled(new InterruptedException("while reading the dump"));
            throw failed(e);
        }
    }

    private Thread start(String name, Work work) {
        return Thread.ofPlatform()
                .name(name)
                .daemon()
                .start(() -> {
                    try {
                        work.run();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } catch (Throwable e) {
                        // The first failure is the one to tell; the others follow from it.
                        failure.compareAndSet(null, e);
                        filled.add(STOP);
                    }
                });
    }

    private void read(InputStream archive) throws IOException, InterruptedException {
        while (true) {
            var buffer = empty.take();
            var length = archive.readNBytes(buffer, 0, buffer.length);
            if (length > 0) filled.put(new Filled(buffer, length));
            if (length < buffer.length) {
                filled.put(END);
                return;
            }
        }
    }

    private void compress(FramedCompressor compressor) throws IOException, InterruptedException {
        while (true) {
            var next = tapped.take();
            var buffer = next.buffer();
            if (buffer == END) break;
            var from = 0;
            for (var cut : next.cuts()) {
                compressor.write(buffer.bytes(), from, cut - from);
                compressor.cut();
                from = cut;
            }
            compressor.write(buffer.bytes(), from, buffer.length() - from);
            empty.put(buffer.bytes());
        }
        compressor.finish();
    }

    private void throwIfFailed() {
        var first = failure.get();
        if (first == null) return;
        if (first instanceof Problem problem) throw problem;
        if (first instanceof IOException e) throw failed(e);
        throw new Problem(
                ErrorCode.INTERNAL,
                "the backup stopped: " + first,
                "This is a defect of ours.",
                first);
    }

    private static Problem failed(IOException e) {
        return new Problem(
                ErrorCode.LOCAL_IO_FAILED,
                "the archive could not be passed on: " + e.getMessage(),
                "Did the program that wrote it end? Its last words are in the log.",
                e);
    }

    private static Problem cancelled(Exception e) {
        return new Problem(
                ErrorCode.RUN_CANCELLED,
                "the backup was cancelled",
                "Nothing of it was kept; start it again when you are ready.",
                e);
    }

    private static void joinQuietly(Thread thread) {
        var interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    /// Hands buffers to the parser, and each one on to the compressor once the parser asks for the
    /// next: by then it is known where in it blocks begin.
    private final class TappedInput implements ArchiveInput, BlockListener {
        private @Nullable Filled current;
        private long currentBegin;
        private int[] cuts = new int[16];
        private int cutCount;

        @Override
        public @Nullable ByteBuffer next() throws IOException {
            try {
                passOn();
                var next = filled.take();
                if (next == STOP) throw new IOException("a thread beside this one failed");
                if (next == END) {
                    filled.put(END);
                    return null;
                }
                current = next;
                return ByteBuffer.wrap(next.bytes(), 0, next.length());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted");
            }
        }

        @Override
        public void blockStarts(long offset) {
            var position = (int) (offset - currentBegin);
            if (cutCount == cuts.length) cuts = Arrays.copyOf(cuts, cutCount * 2);
            cuts[cutCount++] = position;
        }

        private void passOn() throws InterruptedException {
            var done = current;
            if (done == null) return;
            tapped.put(new Tapped(done, Arrays.copyOf(cuts, cutCount)));
            currentBegin += done.length();
            cutCount = 0;
            current = null;
        }

        void finish() throws InterruptedException {
            passOn();
            tapped.put(new Tapped(END, new int[0]));
        }
    }
}
