package io.pgvigil.task;

import io.pgvigil.core.ByteSize;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;

/// A folder of our own for one run, gone when closed.
public final class WorkFolder implements AutoCloseable {
    private final Path path;

    private WorkFolder(Path path) {
        this.path = path;
    }

    /// Refuses at once when there is less space than the run will need.
    ///
    /// @param purpose what needs the space, for the message
    public static WorkFolder create(Path parent, ByteSize needed, String purpose) {
        try {
            Files.createDirectories(parent);
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
                            "pgvigil-work-",
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
        try (var files = Files.walk(path)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList())
                Files.deleteIfExists(file);
        } catch (IOException | java.io.UncheckedIOException e) {
            // It lies in a temporary folder; the next sweep of that takes it.
        }
    }
}
