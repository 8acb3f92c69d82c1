package io.pgvigil.local;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLockInterruptionException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.Optional;
import java.util.Set;

/// What the directory store needs of a file system beyond [Files].
final class Disk {
    /// Backups are as confidential as the database: nothing for others, whatever the umask.
    private static final String FILE_MODE = "rw-r-----";

    private static final String FOLDER_MODE = "rwxr-x---";

    /// An extended attribute `user.pgvigil.crc32c`, where the file system has such things.
    private static final String CRC32C = "pgvigil.crc32c";

    /// Below this much usable space a failed write is taken for a full disk, whatever the message.
    private static final long NO_SPACE = 1 << 16;

    private Disk() {}

    static FileChannel create(Path file) throws IOException {
        var options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        return FileChannel.open(file, options, mode(file, FILE_MODE));
    }

    /// Creates the folder and the missing ones above it, each of them durable.
    static void createFolders(Path folder) throws IOException {
        createFolders(folder, true);
    }

    /// Creates the folder and the missing ones above it, for the time being.
    static void createPassingFolders(Path folder) throws IOException {
        createFolders(folder, false);
    }

    private static void createFolders(Path folder, boolean durable) throws IOException {
        if (Files.isDirectory(folder)) return;
        var parent = folder.getParent();
        if (parent != null) createFolders(parent, durable);
        try {
            Files.createDirectory(folder, mode(folder, FOLDER_MODE));
            if (durable && parent != null) sync(parent);
        } catch (FileAlreadyExistsException e) {
            if (Files.isDirectory(folder)) return;
            if (Files.exists(folder)) throw e;
            // It was there, and then a deleter found it empty. Callers know this one.
            throw new NoSuchFileException(folder.toString());
        }
    }

    private static FileAttribute<?>[] mode(Path path, String mode) {
        if (!path.getFileSystem().supportedFileAttributeViews().contains("posix"))
            return new FileAttribute<?>[0];
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode))
        };
    }

    /// Makes the entries of a folder survive a power cut.
    static void sync(Path folder) throws IOException {
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (NoSuchFileException gone) {
            // Someone deleted our object and its folder already: there is nothing to keep.
        } catch (AccessDeniedException e) {
            // Windows does not open folders, and does not need it.
            if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) throw e;
        }
    }

    /// Removes the folder and those above it up to `top`, as long as they are empty.
    static void removeEmptyFolders(Path folder, Path top) {
        for (var current = folder;
                current != null && current.startsWith(top) && !current.equals(top);
                current = current.getParent())
            try {
                Files.deleteIfExists(current);
            } catch (IOException stillNeeded) {
                return;
            }
    }

    /// Empty when there is nothing, also when something above is a file and not a folder.
    static Optional<BasicFileAttributes> attributes(Path path) throws IOException {
        try {
            return Optional.of(Files.readAttributes(path, BasicFileAttributes.class));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (FileSystemException e) {
            for (var above = path.getParent(); above != null; above = above.getParent())
                if (Files.exists(above, LinkOption.NOFOLLOW_LINKS)) {
                    if (!Files.isDirectory(above)) return Optional.empty();
                    break;
                }
            throw e;
        }
    }

    static void rememberCrc32c(Path file, String crc32c) {
        try {
            var view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
            if (view != null) {
                var _ =
                        view.write(
                                CRC32C,
                                ByteBuffer.wrap(crc32c.getBytes(StandardCharsets.US_ASCII)));
            }
        } catch (IOException | UnsupportedOperationException notHere) {
            // The manifest has the checksum too; this one only finds damage earlier.
        }
    }

    static Optional<String> crc32c(Path file) {
        try {
            var view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
            if (view == null) return Optional.empty();
            var buffer = ByteBuffer.allocate(8);
            var _ = view.read(CRC32C, buffer);
            var crc32c = new String(buffer.array(), StandardCharsets.US_ASCII);
            return crc32c.matches("[0-9a-f]{8}") ? Optional.of(crc32c) : Optional.empty();
        } catch (IOException | UnsupportedOperationException none) {
            return Optional.empty();
        }
    }

    /// @param doing what was being done, for example `write object a/b`
    static Problem problem(IOException e, String doing, Path root) {
        var message = String.valueOf(e.getMessage());
        var reason =
                e instanceof FileSystemException f && f.getReason() != null
                        ? f.getReason()
                        : message;
        var where = "could not " + doing + " in " + root;
        if (e instanceof ClosedByInterruptException || e instanceof FileLockInterruptionException)
            return new Problem(
                    ErrorCode.STORE_FAILED,
                    where + ": interrupted",
                    "Run it again if it was not stopped on purpose.",
                    e);
        if (message.contains("No space left") || message.contains("quota exceeded") || isFull(root))
            return new Problem(
                    ErrorCode.STORE_FULL,
                    where + ": no space left",
                    "Free some space or let retention do it, then run it again; nothing was"
                            + " stored.",
                    e);
        if (e instanceof AccessDeniedException || message.contains("Read-only") || isReadOnly(root))
            return new Problem(
                    ErrorCode.STORE_DENIED,
                    where
                            + ": "
                            + (e instanceof AccessDeniedException ? "permission denied" : reason),
                    "Check the owner and the permissions of the directory, how it is mounted, and"
                            + " which user runs this.",
                    e);
        return new Problem(
                ErrorCode.STORE_FAILED,
                where + ": " + reason,
                "Check the disk or the network mount underneath.",
                e);
    }

    // The messages of the operating system may be in any language; these two questions are not.
    private static boolean isFull(Path root) {
        return root.toFile().getUsableSpace() < NO_SPACE;
    }

    private static boolean isReadOnly(Path root) {
        try {
            return Files.getFileStore(root).isReadOnly();
        } catch (IOException e) {
            return false;
        }
    }
}
