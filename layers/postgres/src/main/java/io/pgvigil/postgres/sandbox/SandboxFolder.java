package io.pgvigil.postgres.sandbox;

import io.pgvigil.core.ByteSize;
import io.pgvigil.core.process.Command;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The files of one sandbox, and who owns them.
///
/// Beside the folder lies a file that its owner holds locked while it lives. The kernel lets go of a lock
/// when a process dies, and sees it across containers; a process id would mean something else in another
/// container, and something else again after a while.
final class SandboxFolder {
    private static final String PREFIX = "pgvigil-sandbox-";
    private static final String LOCK_SUFFIX = ".lock";
    private static final String SERVER_USER = "postgres";
    private static final int DELETE_ATTEMPTS = 20;
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(100);
    private static final Duration KILL_LIMIT = Duration.ofSeconds(10);

    /// Ours. A second channel on a file would drop the first one's lock when it closes: POSIX locks belong
    /// to the process.
    private static final Set<Path> LIVING = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final FileChannel lockFile;
    private final boolean asRoot;

    private SandboxFolder(Path path, FileChannel lockFile, boolean asRoot) {
        this.path = path;
        this.lockFile = lockFile;
        this.asRoot = asRoot;
    }

    static SandboxFolder create(Path workFolder) {
        var name =
                PREFIX
                        + ProcessHandle.current().pid()
                        + "-"
                        + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        try {
            Files.createDirectories(workFolder);
            var path = workFolder.toRealPath().resolve(name);
            LIVING.add(path);
            // Locked before the folder exists: a sweep never sees a folder of the living unlocked.
            var lockFile =
                    FileChannel.open(
                            lockOf(path),
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            Sandbox.OWNER_ONLY);
            lockFile.lock();
            Files.createDirectory(
                    path,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            // PostgreSQL refuses to run as root.
            var asRoot = Integer.valueOf(0).equals(Files.getAttribute(path, "unix:uid"));
            var folder = new SandboxFolder(path, lockFile, asRoot);
            try {
                folder.giveToServer(path);
            } catch (RuntimeException e) {
                folder.remove();
                throw e;
            }
            return folder;
        } catch (IOException e) {
            LIVING.removeIf(path -> String.valueOf(path.getFileName()).equals(name));
            throw Sandbox.failed(
                    "cannot make a folder for the sandbox in " + workFolder,
                    "Name a work folder that can be written and has space.",
                    e);
        }
    }

    Path path() {
        return path;
    }

    Path data() {
        return path.resolve("data");
    }

    Path log() {
        return path.resolve("log");
    }

    /// The command as the user that may run a server.
    Command asServer(Command command) {
        if (!asRoot) return command;
        var argv =
                new ArrayList<>(
                        List.of(
                                "setpriv",
                                "--reuid=" + SERVER_USER,
                                "--regid=" + SERVER_USER,
                                "--init-groups"));
        argv.addAll(command.argv());
        return new Command(argv, command.environment());
    }

    /// Writes a file that only the server's user can read.
    Path secretForServer(String name, String content) {
        var file = path.resolve(name);
        try {
            Files.deleteIfExists(file);
            Files.createFile(file, Sandbox.OWNER_ONLY);
            Files.writeString(file, content);
        } catch (IOException e) {
            throw Sandbox.failed(
                    "cannot write in " + path, "Check the work folder's space and rights.", e);
        }
        giveToServer(file);
        return file;
    }

    void forget(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException goesWithTheFolder) {
            // Readable by the server's user only, and removed with everything else.
        }
    }

    Path tablespaces() {
        return path.resolve("tablespaces");
    }

    Path newTablespace(String name) {
        var made = tablespaces().resolve(name);
        try {
            Files.createDirectories(tablespaces());
            giveToServer(tablespaces());
            Files.createDirectory(made);
        } catch (IOException e) {
            throw Sandbox.failed(
                    "cannot make a folder in " + path,
                    "Check the work folder's space and rights.",
                    e);
        }
        giveToServer(made);
        return made;
    }

    /// Whether the server says that it accepts connections; the last line of its pid file tells.
    boolean serverIsReady() {
        try {
            var lines = Files.readAllLines(data().resolve("postmaster.pid"));
            return lines.size() >= 8 && lines.get(7).strip().equals("ready");
        } catch (IOException notYet) {
            return false;
        }
    }

    ByteSize size() {
        var total = new long[1];
        try {
            Files.walkFileTree(
                    path,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult visitFile(
                                Path file, BasicFileAttributes attributes) {
                            total[0] += attributes.size();
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult visitFileFailed(Path file, IOException gone) {
                            // A running server removes files while we look.
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult postVisitDirectory(
                                Path folder, @Nullable IOException gone) {
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (IOException e) {
            throw Sandbox.failed("cannot read " + path, "Check the work folder's rights.", e);
        }
        return ByteSize.of(total[0]);
    }

    /// Removes the folder; what cannot be removed now is left to a sweep.
    void remove() {
        var gone = delete(path);
        try {
            // The lock file last and only after the folder: a folder without one counts as left
            // behind.
            if (gone) Files.deleteIfExists(lockOf(path));
            lockFile.close();
        } catch (IOException leftToTheSweep) {
            // An unlocked or missing lock file is what a sweep looks for.
        }
        LIVING.remove(path);
    }

    static List<Path> sweep(Path workFolder) {
        var swept = new ArrayList<Path>();
        for (var folder : leftovers(workFolder)) {
            if (LIVING.contains(folder)) continue;
            var lock = lockOf(folder);
            try (var channel =
                    FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                if (!free(channel)) continue;
                killServerOf(folder);
                if (delete(folder)) {
                    Files.deleteIfExists(lock);
                    swept.add(folder);
                }
            } catch (IOException e) {
                throw Sandbox.failed(
                        "cannot sweep " + folder, "Check the work folder's rights.", e);
            }
        }
        return swept;
    }

    private static List<Path> leftovers(Path workFolder) {
        if (!Files.isDirectory(workFolder)) return List.of();
        try (var files = Files.list(workFolder.toRealPath())) {
            return files.filter(Files::isDirectory)
                    .filter(file -> String.valueOf(file.getFileName()).startsWith(PREFIX))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw Sandbox.failed("cannot list " + workFolder, "Check the work folder's rights.", e);
        }
    }

    private static boolean free(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException ourOwn) {
            return false;
        }
    }

    /// A server outlives its owner only when the watchdog was killed too.
    private static void killServerOf(Path folder) {
        var data = folder.resolve("data");
        try {
            var first = Files.readAllLines(data.resolve("postmaster.pid")).getFirst().strip();
            ProcessHandle.of(Long.parseLong(first))
                    // The number may be another program's by now.
                    .filter(process -> runsIn(process.pid(), data))
                    .ifPresent(SandboxFolder::kill);
        } catch (IOException | NumberFormatException | java.util.NoSuchElementException none) {
            // No pid file: no server.
        }
    }

    private static boolean runsIn(long pid, Path data) {
        try {
            return Files.readString(
                            Path.of("/proc", Long.toString(pid), "cmdline"),
                            java.nio.charset.StandardCharsets.ISO_8859_1)
                    .contains(data.toString());
        } catch (IOException noProc) {
            return ProcessHandle.of(pid)
                    .flatMap(process -> process.info().commandLine())
                    .map(line -> line.contains(data.toString()))
                    .orElse(false);
        }
    }

    private static void kill(ProcessHandle server) {
        // Its backends notice within a moment that their parent is gone, and end.
        server.destroyForcibly();
        try {
            server.onExit().get(KILL_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException
                | java.util.concurrent.TimeoutException stuck) {
            // Deleting its folder is still right.
        }
    }

    private static boolean delete(Path folder) {
        for (var attempt = 1; ; attempt++) {
            try {
                deleteOnce(folder);
                return true;
            } catch (IOException stillWritten) {
                // A dying server's last files appear while we delete.
                if (attempt == DELETE_ATTEMPTS) return false;
            }
            try {
                Thread.sleep(BETWEEN_ATTEMPTS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }

    private static void deleteOnce(Path folder) throws IOException {
        if (!Files.exists(folder)) return;
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.deleteIfExists(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException e)
                            throws IOException {
                        if (Files.exists(file)) throw e;
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path each, @Nullable IOException e)
                            throws IOException {
                        Files.deleteIfExists(each);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    /// Hands everything below to the server's user, links themselves included and never what they lead to.
    void giveAllToServer(Path root) {
        if (!asRoot || !Files.exists(root)) return;
        try {
            var user =
                    root.getFileSystem()
                            .getUserPrincipalLookupService()
                            .lookupPrincipalByName(SERVER_USER);
            Files.walkFileTree(
                    root,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult preVisitDirectory(
                                Path each, BasicFileAttributes attributes) throws IOException {
                            return give(each);
                        }

                        @Override
                        public FileVisitResult visitFile(Path each, BasicFileAttributes attributes)
                                throws IOException {
                            return give(each);
                        }

                        private FileVisitResult give(Path each) throws IOException {
                            Files.setAttribute(
                                    each, "posix:owner", user, LinkOption.NOFOLLOW_LINKS);
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (IOException e) {
            throw Sandbox.failed(
                    "cannot hand " + root + " to the user " + SERVER_USER,
                    "As root a server runs as that user; it must be there, and the work folder on a"
                            + " local file system.",
                    e);
        }
    }

    private void giveToServer(Path file) {
        if (!asRoot) return;
        try {
            var user =
                    file.getFileSystem()
                            .getUserPrincipalLookupService()
                            .lookupPrincipalByName(SERVER_USER);
            Files.setOwner(file, user);
        } catch (UserPrincipalNotFoundException e) {
            throw Sandbox.failed(
                    "a server cannot run as root, and this machine has no user " + SERVER_USER,
                    "Create it: useradd --system --user-group "
                            + SERVER_USER
                            + ". Or run pgvigil as another user than root.",
                    e);
        } catch (IOException e) {
            throw Sandbox.failed(
                    "cannot hand " + file + " to the user " + SERVER_USER,
                    "Use a work folder on a local file system.",
                    e);
        }
    }

    private static Path lockOf(Path folder) {
        return folder.resolveSibling(folder.getFileName() + LOCK_SUFFIX);
    }
}
