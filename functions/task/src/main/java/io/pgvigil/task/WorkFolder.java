package io.pgvigil.task;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import io.pgvigil.core.ByteSize;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.sandbox.Sandbox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;

/// A folder of our own for one run, gone when closed.
public final class WorkFolder implements AutoCloseable {
    private static final String PREFIX = "pgvigil-work-";
    private static final String LOCK = "owner.lock";

    private final Path path;
    private final FileChannel owner;

    private WorkFolder(Path path) throws IOException {
        this.path = path;
        // Held as long as we live; a process id would mean nothing to another container.
        owner = FileChannel.open(path.resolve(LOCK), CREATE, WRITE);
        owner.lock();
    }

    /// Refuses at once when there is less space than the run will need.
    ///
    /// @param purpose what needs the space, for the message
    public static WorkFolder create(Path parent, ByteSize needed, String purpose) {
        try {
            Files.createDirectories(parent);
            sweep(parent);
            var usable = Files.getFileStore(parent).getUsableSpace();
            if (usable < needed.bytes())
                throw new Problem(
                        ErrorCode.SPACE_MISSING,
                        "%s needs about %s in %s, which has %s"
                                .formatted(purpose, needed, parent, ByteSize.of(usable)),
                        "Make room, or name a larger disk in PGVIGIL_WORK.");
            return new WorkFolder(
                    Files.createTempDirectory(
                            parent,
                            PREFIX,
                            // As root the temporary server runs as another user and has to pass
                            // through; what lies here is still closed to everybody else.
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rwx--x--x"))));
        } catch (IOException e) {
            throw new Problem(
                    ErrorCode.LOCAL_IO_FAILED,
                    "no work folder can be made in " + parent + ": " + e.getMessage(),
                    "Name a folder that can be written in PGVIGIL_WORK.",
                    e);
        }
    }

    /// Removes what killed runs left in a parent folder, temporary instances included.
    private static void sweep(Path parent) throws IOException {
        try (var folders = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (var folder : folders) {
                var lock = folder.resolve(LOCK);
                if (!Files.exists(lock)) continue;
                try (var channel = FileChannel.open(lock, WRITE)) {
                    if (channel.tryLock() == null) continue;
                    Sandbox.sweep(folder);
                    remove(folder);
                } catch (OverlappingFileLockException | IOException inUse) {
                    // A run of this very process, or of somebody else's: not ours to remove.
                }
            }
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

    @Override
    public void close() {
        try {
            remove(path);
            owner.close();
        } catch (IOException e) {
            // The next run's sweep takes it.
        }
    }

    private static void remove(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList())
                Files.deleteIfExists(file);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
