package io.pgvigil.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// A real PostgreSQL server for tests: its own folder, its own port, gone when closed.
///
/// Listens on 127.0.0.1 with password authentication; superuser `postgres`, password `test-secret`.
/// PostgreSQL refuses to run as root, so as root it runs as the `postgres` user.
public final class TestServer implements AutoCloseable {
    public static final String USER = "postgres";
    public static final String PASSWORD = "test-secret";

    private final Path bin;
    private final Path folder;
    private final int port;

    private TestServer(Path bin, Path folder, int port) {
        this.bin = bin;
        this.folder = folder;
        this.port = port;
    }

    /// The newest server on this machine that Debian's layout or `PGVIGIL_PG_BIN` shows.
    public static Path newestBin() {
        var named = System.getenv("PGVIGIL_PG_BIN");
        if (named != null) return Path.of(named);
        try (var majors = Files.list(Path.of("/usr/lib/postgresql"))) {
            return majors.filter(major -> Files.isExecutable(major.resolve("bin/initdb")))
                    .max(Comparator.comparing(TestServer::major))
                    .orElseThrow()
                    .resolve("bin");
        } catch (IOException | java.util.NoSuchElementException e) {
            throw new IllegalStateException(
                    "no PostgreSQL server programs found; install postgresql (14 or newer) or set"
                            + " PGVIGIL_PG_BIN to the folder with initdb and pg_ctl",
                    e);
        }
    }

    private static int major(Path folder) {
        return Integer.parseInt(String.valueOf(folder.getFileName()));
    }

    public static TestServer start(String... settings) {
        return start(newestBin(), List.of(), settings);
    }

    /// @param initdb further arguments, for example `--encoding=LATIN1`
    /// @param settings lines for postgresql.conf, for example `wal_level=logical`
    public static TestServer start(Path bin, List<String> initdb, String... settings) {
        try {
            var folder = newFolder();
            if (isRoot()) run(List.of("chown", "postgres", folder.toString()));
            var server = new TestServer(bin, folder, freePort());
            server.initialise(initdb, settings);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A server with everything that another one has now, under a port of its own.
    public static TestServer copyOf(TestServer origin, String... settings) {
        return copyOf(origin, List.of(), settings);
    }

    /// A standby that streams from a server, under a port of its own.
    public static TestServer standbyOf(TestServer primary, String... settings) {
        return copyOf(primary, List.of("--write-recovery-conf"), settings);
    }

    private static TestServer copyOf(TestServer origin, List<String> how, String... settings) {
        try {
            var folder = newFolder();
            var arguments =
                    new ArrayList<>(
                            List.of(
                                    "-D",
                                    folder.resolve("data").toString(),
                                    "--checkpoint=fast",
                                    "--wal-method=stream"));
            arguments.addAll(how);
            origin.program("pg_basebackup", arguments.toArray(String[]::new));
            Files.write(
                    folder.resolve("data/postgresql.conf"),
                    Arrays.asList(settings),
                    StandardOpenOption.APPEND);
            return in(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path newFolder() throws IOException {
        return Files.createTempDirectory(
                Path.of("/tmp"),
                "pgvigil-test-",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    }

    /// A server in a data folder that something else has made, under a port of its own.
    ///
    /// @param folder has it as `data`, and is gone when this is closed
    public static TestServer in(Path folder) {
        try {
            var server = new TestServer(newestBin(), folder, freePort());
            // The last line counts; those before are of the server that it was made from.
            Files.writeString(
                    folder.resolve("data/postgresql.conf"),
                    "\nport = %d\nunix_socket_directories = '%s'\n".formatted(server.port, folder),
                    StandardOpenOption.APPEND);
            if (isRoot()) run(List.of("chown", "-R", "postgres", folder.toString()));
            server.startAgain();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void initialise(List<String> initdb, String... settings) throws IOException {
        var data = folder.resolve("data");
        var passwordFile = folder.resolve("password");
        Files.writeString(passwordFile, PASSWORD);
        var init =
                new ArrayList<>(List.of(bin.resolve("initdb").toString(), "-D", data.toString()));
        init.addAll(
                List.of(
                        "-U",
                        USER,
                        "--auth=scram-sha-256",
                        "--pwfile=" + passwordFile,
                        "--no-sync",
                        "--no-instructions"));
        if (initdb.stream().noneMatch(option -> option.startsWith("--encoding")))
            init.add("--encoding=UTF8");
        if (initdb.stream().noneMatch(option -> option.startsWith("--locale")))
            init.add("--locale=C.UTF-8");
        init.addAll(initdb);
        run(asPostgres(init));
        var lines =
                new ArrayList<>(
                        List.of(
                                "listen_addresses = '127.0.0.1'",
                                "port = " + port,
                                "unix_socket_directories = '" + folder + "'",
                                "fsync = off",
                                "max_connections = 50",
                                "shared_buffers = 64MB",
                                "max_wal_size = 1GB",
                                "log_min_messages = warning"));
        lines.addAll(Arrays.asList(settings));
        Files.write(folder.resolve("extra.conf"), lines);
        run(
                asPostgres(
                        List.of(
                                "sh",
                                "-c",
                                "cat " + folder + "/extra.conf >> " + data + "/postgresql.conf")));
        startAgain();
    }

    /// Starts the server again after [#stop] or [#kill].
    public void startAgain() {
        run(
                asPostgres(
                        List.of(
                                bin.resolve("pg_ctl").toString(),
                                "-D",
                                folder.resolve("data").toString(),
                                "-l",
                                folder.resolve("log").toString(),
                                "-w",
                                "-t",
                                "60",
                                "start")));
    }

    public void stop() {
        control("fast");
    }

    /// The nearest to pulling the plug that keeps the folder: every process dies at once.
    public void kill() {
        control("immediate");
    }

    private void control(String mode) {
        run(
                asPostgres(
                        List.of(
                                bin.resolve("pg_ctl").toString(),
                                "-D",
                                folder.resolve("data").toString(),
                                "-m",
                                mode,
                                "-w",
                                "stop")));
    }

    /// The programs of this server's major.
    public Path bin() {
        return bin;
    }

    public Path folder() {
        return folder;
    }

    public int port() {
        return port;
    }

    /// A libpq URL without a password.
    public String url(String database) {
        return "postgresql://" + USER + "@127.0.0.1:" + port + "/" + database;
    }

    public String urlWithPassword(String database) {
        return "postgresql://" + USER + ":" + PASSWORD + "@127.0.0.1:" + port + "/" + database;
    }

    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:"
                + port
                + "/"
                + database
                + "?user="
                + USER
                + "&password="
                + PASSWORD;
    }

    /// Runs SQL through psql and returns what it printed, unaligned and without headers.
    public String sql(String database, String sql) {
        return psql(database, "-c", sql);
    }

    /// Runs a file of SQL; the first error fails the test.
    public String sqlFile(String database, Path file) {
        return psql(database, "-f", file.toString());
    }

    private String psql(String database, String... what) {
        var command =
                new ArrayList<>(
                        List.of(
                                bin.resolve("psql").toString(),
                                "-X",
                                "-q",
                                "-A",
                                "-t",
                                "-v",
                                "ON_ERROR_STOP=1",
                                "-h",
                                "127.0.0.1",
                                "-p",
                                "" + port,
                                "-U",
                                USER,
                                "-d",
                                database));
        command.addAll(List.of(what));
        return run(command).strip();
    }

    /// Runs one of the server's programs against this server with its password in the environment.
    public String program(String name, String... arguments) {
        var command = new ArrayList<>(List.of(bin.resolve(name).toString()));
        command.addAll(List.of("-h", "127.0.0.1", "-p", "" + port, "-U", USER));
        command.addAll(List.of(arguments));
        return run(command);
    }

    /// Waits until this standby has replayed what its primary has written by now.
    public void catchUp(TestServer primary) throws InterruptedException {
        var end = primary.sql("postgres", "select pg_current_wal_flush_lsn()");
        while (sql("postgres", "select pg_last_wal_replay_lsn() >= '" + end + "'").equals("f"))
            Thread.sleep(20);
    }

    @Override
    public void close() {
        try {
            kill();
        } catch (IllegalStateException alreadyDown) {
            // A test may have stopped it; what matters is that the folder goes.
        }
        run(List.of("rm", "-rf", folder.toString()));
    }

    public static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static List<String> asPostgres(List<String> command) {
        if (!isRoot()) return command;
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

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static String run(List<String> command) {
        try {
            var output = Files.createTempFile("pgvigil-run", ".out");
            var builder =
                    new ProcessBuilder(command)
                            .directory(Path.of("/tmp").toFile())
                            .redirectErrorStream(true)
                            // A file and not a pipe: pg_ctl's server would keep a pipe open.
                            .redirectOutput(output.toFile());
            builder.environment().put("PGPASSWORD", PASSWORD);
            builder.environment().put("LC_ALL", "C.UTF-8");
            var process = builder.start();
            process.getOutputStream().close();
            var status = process.waitFor();
            var text = Files.readString(output);
            Files.delete(output);
            if (status != 0)
                throw new IllegalStateException(
                        String.join(" ", command) + " exited with " + status + ":\n" + text);
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
