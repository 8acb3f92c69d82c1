package io.pgvigil.task.physical;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Has the disk write down what is restored while more of it is fetched, so that little is left to wait
/// for at the end. Only there it is made sure that everything is written.
final class Writeback implements AutoCloseable {
    /// Less is not worth a call of its own.
    static final long STEP = 32L << 20;

    /// Behind a disk that is slower than the network nothing queues up.
    private static final int WAITING = 4;

    private final ExecutorService disk =
            Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
    private final Semaphore room = new Semaphore(WAITING);
    private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();

    /// Begins with what the file has so far, unless there is enough to do.
    void begin(Path file) {
        if (room.tryAcquire()) disk.execute(() -> write(file));
    }

    private void write(Path file) {
        try (var channel = FileChannel.open(file)) {
            channel.force(false);
        } catch (IOException e) {
            failure.compareAndSet(null, e);
        } finally {
            room.release();
        }
    }

    /// Waits for what was begun.
    @Override
    public void close() {
        disk.close();
        var failed = failure.get();
        if (failed != null) throw new UncheckedIOException(failed);
    }
}
