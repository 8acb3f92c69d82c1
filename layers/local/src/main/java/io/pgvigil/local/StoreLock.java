package io.pgvigil.local;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// One at a time, among the threads of this process and among processes.
///
/// The lock is a lock on the file `.lock`, which the operating system releases when its holder
/// dies; the file itself stays and means nothing.
final class StoreLock {
    /// What is done under the lock takes milliseconds; who waits longer waits for something hung.
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private static final Duration PAUSE = Duration.ofMillis(2);

    // A file lock belongs to the process: two stores of one directory in one process would get an
    // OverlappingFileLockException, and closing the one file would release the lock of the other.
    private static final Map<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();

    private final Path root;

    StoreLock(Path root) {
        this.root = root;
    }

    interface Deed<T> {
        T run() throws IOException;
    }

    <T> T holding(Deed<T> deed) throws IOException {
        var threads = THREADS.computeIfAbsent(root.toRealPath(), _ -> new ReentrantLock());
        try {
            if (!threads.tryLock(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS)) throw busy();
            try (var file =
                    FileChannel.open(
                            root.resolve(".lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE)) {
                for (var waited = Duration.ZERO;
                        file.tryLock() == null;
                        waited = waited.plus(PAUSE)) {
                    if (waited.compareTo(LONGEST_WAIT) > 0) throw busy();
                    Thread.sleep(PAUSE);
                }
                return deed.run();
            } finally {
                threads.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(
                    ErrorCode.STORE_FAILED,
                    "interrupted while waiting for the lock of " + root,
                    "Run it again if it was not stopped on purpose.",
                    e);
        }
    }

    private Problem busy() {
        return new Problem(
                ErrorCode.STORE_UNREACHABLE,
                "the lock of "
                        + root
                        + " was held for more than "
                        + LONGEST_WAIT.toSeconds()
                        + " s",
                "Look for a process that hangs with the file .lock open; try again afterwards.");
    }
}
