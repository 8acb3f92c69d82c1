package io.pgvigil.task;

import io.pgvigil.core.ByteSize;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.sandbox.Sandbox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/// A folder of our own for one run, gone when closed.
///
/// Beside it lies a file that is locked while its owner lives. What a killed run left, customers' rows
/// above all, goes when the next folder is made.
public final class WorkFolder implements AutoCloseable {
    private static final String PREFIX = "pgvigil-work-";
    private static final String LOCK_SUFFIX = ".lock";

    /// Closing any channel on a file drops this process's lock on it, so a sweep passes by our own.
    private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final FileChannel lock;

    private WorkFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /// Refuses at once when there is less space than the run will need.
    ///
    /// @param purpose what needs the space, for the message
    public static WorkFolder create(Path parent, ByteSize needed, String purpose) {
        try {
            Files.createDirectories(parent);
            sweep(parent);
            var usable = Space.usable(parent);
            if (usable < needed.bytes())
                throw new Problem(
                        ErrorCode.SPACE_MISSING,
                        "%s needs about %s in %s, which has %s"
                                .formatted(purpose, needed, parent, ByteSize.of(usable)),
                        "Make room, or name a larger disk in PGVIGIL_WORK.");
            var path = parent.toRealPath().resolve(PREFIX + UUID.randomUUID());
            OURS.add(path);
            // Locked before the folder exists: a sweep never sees a folder of the living unlocked.
            var lock =
                    FileChannel.open(
                            lockOf(path),
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rw-------")));
            lock.lock();
            Files.createDirectory(
                    path,
                    // As root the temporary server runs as another user and has to pass through;
                    // what lies here is still closed to everybody else.
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx--x--x")));
            return new WorkFolder(path, lock);
        } catch (IOException e) {
            throw new Problem(
                    ErrorCode.LOCAL_IO_FAILED,
                    "no work folder can be made in " + parent + ": " + e.getMessage(),
                    "Name a folder that can be written in PGVIGIL_WORK.",
                    e);
        }
    }

    public Path path() {
        return path;
    }

    /// A new, empty file that only we can read: it is going to hold somebody's data.
    public Path newFile(String name) {
        try {
            return Files.createFile(
                    path.resolve(name),
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
        } catch (IOException e) {
            throw new Problem(
                    ErrorCode.LOCAL_IO_FAILED,
                    "no file can be made in " + path + ": " + e.getMessage(),
                    "Is the disk full?",
                    e);
        }
    }

    private static Path lockOf(Path folder) {
        return folder.resolveSibling(folder.getFileName() + LOCK_SUFFIX);
    }

    private static void sweep(Path parent) throws IOException {
        var real = parent.toRealPath();
        try (var folders = Files.newDirectoryStream(real, PREFIX + "*")) {
            for (var folder : folders)
                if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) && !OURS.contains(folder))
                    removeIfLeft(folder);
        }
    }

    private static void removeIfLeft(Path folder) {
        try (var lock = FileChannel.open(lockOf(folder), StandardOpenOption.WRITE);
                var held = lock.tryLock()) {
            if (held == null) return;
            // A server in there would outlive its files.
            Sandbox.sweep(folder);
            remove(folder);
        } catch (IOException | UncheckedIOException | Problem notOurs) {
            // Another user's, or just going: whoever may remove it will.
        }
    }

    /// The lock file last: without it nobody would find the folder.
    private static void remove(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList())
                Files.deleteIfExists(file);
        }
        Files.deleteIfExists(lockOf(folder));
    }

    @Override
    public void close() {
        try (lock) {
            remove(path);
        } catch (IOException | UncheckedIOException e) {
            // What is left goes when the next folder is made.
        } finally {
            OURS.remove(path);
        }
    }
}
