package io.pgvigil.task;

import io.pgvigil.testkit.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/// A server that was made from a backup, on a port of its own, gone when closed.
final class Restored implements AutoCloseable {
    private final Path bin = TestServer.newestBin();
    private final Path folder;
    private final int port;

    private Restored(Path folder, int port) {
        this.folder = folder;
        this.port = port;
    }

    /// Runs the line that makes the data folder, and starts a server in it.
    ///
    /// @param moved where a tablespace was, and where it is now
    static Restored of(String line, Path... moved) throws IOException, InterruptedException {
        var folder = Files.createTempDirectory(Path.of("/tmp"), "pgvigil-restored-");
        var restored = new Restored(folder, freePort());
        restored.run(List.of("sh", "-c", "set -e; export PGDATA=" + restored.data() + "; " + line));
        if (moved.length == 2) {
            // pg_basebackup writes where the links lead into this file, and no links.
            restored.run(
                    List.of(
                            "sed",
                            "-i",
                            "s|" + moved[0] + "|" + moved[1] + "|",
                            restored.data().resolve("tablespace_map").toString()));
            if (TestServer.isRoot())
                restored.run(List.of("chown", "-R", "postgres", moved[1].toString()));
        }
        restored.start();
        return restored;
    }

    /// A folder that the server's user can pass through, which it could not through one of JUnit's.
    static Path folder() throws IOException {
        return Files.createTempDirectory(
                Path.of("/tmp"),
                "pgvigil-target-",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    }

    static void remove(Path folder) throws IOException, InterruptedException {
        new ProcessBuilder("rm", "-rf", folder.toString()).inheritIO().start().waitFor();
    }

    static Restored started(Path folder) throws IOException, InterruptedException {
        var restored = new Restored(folder, freePort());
        restored.start();
        return restored;
    }

    /// Whether a server comes up in the folder.
    static boolean tried(Path folder) throws IOException, InterruptedException {
        var restored = new Restored(folder, freePort());
        try {
            restored.start();
            // A server that recovers answers before it is done; it must not get there.
            restored.awaitPromotion();
            return true;
        } catch (IllegalStateException refused) {
            return false;
        }
    }

    void awaitPromotion() throws InterruptedException {
        for (var i = 0; i < 600; i++) {
            if (sql("postgres", "select pg_is_in_recovery()").equals("f")) return;
            Thread.sleep(100);
        }
        throw new IllegalStateException("still recovering");
    }

    Path data() {
        return folder.resolve("data");
    }

    void start() throws IOException, InterruptedException {
        if (TestServer.isRoot()) run(List.of("chown", "-R", "postgres", folder.toString()));
        run(
                asPostgres(
                        List.of(
                                bin.resolve("pg_ctl").toString(),
                                "-D",
                                data().toString(),
                                "-o",
                                "-p " + port + " -c unix_socket_directories=" + folder,
                                "-l",
                                folder.resolve("log").toString(),
                                "-w",
                                "-t",
                                "60",
                                "start")));
    }

    String sql(String database, String sql) {
        try {
            return run(List.of(
                            bin.resolve("psql").toString(),
                            "-XqAt",
                            "-v",
                            "ON_ERROR_STOP=1",
                            "-h",
                            "127.0.0.1",
                            "-p",
                            "" + port,
                            "-U",
                            TestServer.USER,
                            "-d",
                            database,
                            "-c",
                            sql))
                    .strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    long rows(String database, String table) {
        return Long.parseLong(sql(database, "select count(*) from " + table));
    }

    int port() {
        return port;
    }

    String log() throws IOException {
        return Files.readString(folder.resolve("log"));
    }

    @Override
    public void close() {
        try {
            run(
                    asPostgres(
                            List.of(
                                    bin.resolve("pg_ctl").toString(),
                                    "-D",
                                    data().toString(),
                                    "-m",
                                    "immediate",
                                    "-w",
                                    "stop")));
        } catch (IOException | IllegalStateException alreadyDown) {
            // What matters is that the folder goes.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            run(List.of("rm", "-rf", folder.toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<String> asPostgres(List<String> command) {
        if (!TestServer.isRoot()) return command;
        var wrapped =
                new ArrayList<>(
                        List.of(
                                "setpriv",
                                "--reuid=postgres",
                                "--regid=postgres",
                                "--init-groups"));
        wrapped.addAll(command);
        return wrapped;
    }

    private String run(List<String> command) throws IOException, InterruptedException {
        var output = Files.createTempFile("pgvigil-run", ".out");
        var builder =
                new ProcessBuilder(command)
                        .directory(Path.of("/tmp").toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        builder.environment().put("PGPASSWORD", TestServer.PASSWORD);
        builder.environment().put("LC_ALL", "C.UTF-8");
        var status = builder.start().waitFor();
        var text = Files.readString(output);
        Files.delete(output);
        if (status != 0) {
            var log = folder.resolve("log");
            throw new IllegalStateException(
                    String.join(" ", command)
                            + " exited with "
                            + status
                            + ":\n"
                            + text
                            + (Files.exists(log) ? Files.readString(log) : ""));
        }
        return text;
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
