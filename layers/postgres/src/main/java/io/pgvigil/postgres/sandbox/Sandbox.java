package io.pgvigil.postgres.sandbox;

import io.pgvigil.core.ByteSize;
import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.connect.SslMode;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import io.pgvigil.postgres.Processes;
import io.pgvigil.postgres.Running;
import io.pgvigil.postgres.ToolSet;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A temporary PostgreSQL cluster.
///
/// - **Private:** it listens on 127.0.0.1 only, and its one password exists in our memory.
/// - **Quiet:** nothing restored into it starts work of its own. No autovacuum, no replication, no
///   preloaded library; subscriptions cannot run.
/// - **Gone with us:** closing removes server and folder. If this process is killed, a watchdog stops
///   the server and removes its data; what is left of the folder goes with the next [#sweep].
/// - **Throw-away:** nothing is synced to disk. It never holds the only copy of anything.
public final class Sandbox implements AutoCloseable {
    private static final Duration INITDB_LIMIT = Duration.ofMinutes(5);
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(20);

    /// A port is free when asked for and may be taken when used.
    private static final int PORT_ATTEMPTS = 5;

    private static final int PASSWORD_BYTES = 24;
    private static final int CONNECTIONS = 60;
    private static final int LOG_LINES_QUOTED = 5;
    private static final int LOG_TAIL_BYTES = 8192;
    private static final ByteSize SMALLEST_BUFFERS = ByteSize.of(32L << 20);
    private static final ByteSize LARGEST_BUFFERS = ByteSize.of(4L << 30);
    private static final ByteSize SMALLEST_MAINTENANCE = ByteSize.of(16L << 20);
    private static final ByteSize LARGEST_MAINTENANCE = ByteSize.of(1L << 30);
    private static final ByteSize WAL_KEPT = ByteSize.of(2L << 30);

    // $1 program, $2 data folder, $3 log, $4 port, $5 tablespaces. The server gets no stdin; the
    // shell reads ours,
    // which
    // ends when we close it or die. The loop is a builtin, so that killing the subshell leaves
    // nothing.
    // QUIT is PostgreSQL's immediate shutdown: there is nothing here worth a checkpoint.
    private static final String WATCHDOG =
            """
            exec 3<&0 </dev/null
            "$1" -D "$2" -c port="$4" >>"$3" 2>&1 3<&- &
            server=$!
            (while read -r ignored <&3; do :; done; kill -QUIT $server) 2>/dev/null &
            watch=$!
            exec 3<&-
            trap 'kill -QUIT $server 2>/dev/null' INT TERM HUP
            wait $server
            status=$?
            # A signal to us ends the first wait early.
            wait $server 2>/dev/null
            kill $watch 2>/dev/null
            rm -rf -- "$2" "$5"
            exit $status
            """;

    private final SandboxFolder folder;
    private final Login login;
    private final Running watchdog;

    private Sandbox(SandboxFolder folder, Login login, Running watchdog) {
        this.folder = folder;
        this.login = login;
        this.watchdog = watchdog;
    }

    /// Makes and starts a cluster in a new folder below `workFolder`.
    ///
    /// @param memory what the server may use, roughly; its buffers are sized from it
    public static Sandbox start(
            ToolSet tools, SandboxShape shape, Path workFolder, ByteSize memory) {
        if (!tools.hasServer())
            throw failed(
                    tools.bin() + " holds no server programs",
                    "Install the package postgresql-" + tools.version().major() + ".");
        var folder = SandboxFolder.create(workFolder);
        Optional<Running> started = Optional.empty();
        try {
            var password = newPassword();
            initialise(tools, shape, folder, password, memory);
            for (var attempt = 1; ; attempt++) {
                var port = freePort();
                var running = Processes.startWithInput(watched(tools, folder, port), line -> {});
                started = Optional.of(running);
                if (awaitReady(running, folder, START_LIMIT, "starting a sandbox")) {
                    var endpoint =
                            new Endpoint(
                                    "127.0.0.1",
                                    port,
                                    shape.superuser(),
                                    SslMode.DISABLE,
                                    Optional.empty());
                    return new Sandbox(folder, new Login(endpoint, Optional.of(password)), running);
                }
                stop(running);
                var log = logTail(folder);
                // The watchdog removes the data of a server that ended, so a retry begins anew.
                if (attempt == PORT_ATTEMPTS || !log.contains("could not bind"))
                    throw failed(
                            "the sandbox's server did not start: " + log,
                            "Look at the reason; often it is memory or /dev/shm.");
                initialise(tools, shape, folder, password, memory);
            }
        } catch (RuntimeException | Error e) {
            started.ifPresent(Sandbox::stop);
            folder.remove();
            throw e;
        }
    }

    /// Removes what killed processes left below `workFolder`, servers included, and returns the folders
    /// that are gone. A sandbox whose owner lives is never touched, whichever process or container that is.
    public static List<Path> sweep(Path workFolder) {
        return SandboxFolder.sweep(workFolder);
    }

    /// The superuser's login; the password is known to nobody else.
    public Login login() {
        return login;
    }

    /// Where files that belong to this sandbox may be put; they go with it.
    public Path folder() {
        return folder.path();
    }

    /// A new, empty folder inside that the server may write, for a tablespace.
    public Path newTablespaceFolder(String name) {
        return folder.newTablespace(name);
    }

    /// How much disk the cluster takes now.
    public ByteSize dataFolderSize() {
        return folder.size();
    }

    public boolean isAlive() {
        return watchdog.isAlive();
    }

    /// The last lines of the server's log.
    public String logTail() {
        return logTail(folder);
    }

    @Override
    public void close() {
        stop(watchdog);
        folder.remove();
    }

    private static void initialise(
            ToolSet tools,
            SandboxShape shape,
            SandboxFolder folder,
            Secret password,
            ByteSize memory) {
        var file = folder.secretForServer("password", password.reveal());
        var argv = new ArrayList<String>();
        argv.add(tools.program("initdb").toString());
        argv.addAll(
                List.of(
                        "--pgdata=" + folder.data(),
                        "--auth=scram-sha-256",
                        "--pwfile=" + file,
                        "--no-sync",
                        "--no-instructions"));
        argv.addAll(shape.initdbOptions(tools.version().major()));
        try {
            var done = Processes.run(folder.asServer(new Command(argv, Map.of())), INITDB_LIMIT);
            if (!done.succeeded())
                throw initdbFailed(String.join("\n", done.stderr()), shape, folder);
            var conf = folder.data().resolve("postgresql.conf");
            Files.write(conf, settings(memory), java.nio.file.StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw failed(
                    "cannot configure the sandbox in " + folder.path(),
                    "Check that the folder can be written and has space.",
                    e);
        } finally {
            folder.forget(file);
        }
    }

    static Problem initdbFailed(String stderr, SandboxShape shape, SandboxFolder folder) {
        if (stderr.contains("invalid locale name") || stderr.contains("invalid locale settings"))
            return failed(
                    "this machine does not have the locale of the source: " + shape,
                    "Install it: on Debian, locale-gen or the package locales-all; on Red Hat and"
                            + " Amazon Linux, glibc-langpack-XX or glibc-all-langpacks.");
        if (stderr.contains("ICU is not supported"))
            return failed(
                    "the source uses ICU (" + shape + ") and these programs were built without it",
                    "Use PostgreSQL packages that were built with ICU, as those of Debian and of"
                            + " postgresql.org are.");
        if (stderr.contains("Permission denied"))
            return failed(
                    "the server's user cannot use the work folder " + folder.path(),
                    "Every folder above it must be searchable (chmod o+x) for the user postgres.");
        if (stderr.contains("No space left"))
            return failed(
                    "no space is left in " + folder.path(),
                    "Make room, or name another work folder.");
        return failed(
                "initdb failed for " + shape + ": " + lastLine(stderr),
                "Check that encoding and locale fit each other and are available on this machine.");
    }

    private static String lastLine(String text) {
        return text.lines()
                .filter(line -> line.contains("error") || line.contains("FATAL"))
                .reduce((first, second) -> second)
                .or(() -> text.lines().reduce((first, second) -> second))
                .orElse("no reason given");
    }

    static List<String> settings(ByteSize memory) {
        var buffers = within(memory.bytes() / 4, SMALLEST_BUFFERS, LARGEST_BUFFERS);
        var maintenance = within(memory.bytes() / 8, SMALLEST_MAINTENANCE, LARGEST_MAINTENANCE);
        return List.of(
                "",
                "# A sandbox: private, quiet and thrown away.",
                "listen_addresses = '127.0.0.1'",
                "unix_socket_directories = ''",
                "ssl = off",
                "max_connections = " + CONNECTIONS,
                "fsync = off",
                "synchronous_commit = off",
                "full_page_writes = off",
                "wal_level = minimal",
                "max_wal_senders = 0",
                "archive_mode = off",
                "max_wal_size = '" + kilobytes(WAL_KEPT.bytes()) + "'",
                "checkpoint_timeout = 1h",
                "autovacuum = off",
                "shared_buffers = '" + kilobytes(buffers) + "'",
                "maintenance_work_mem = '" + kilobytes(maintenance) + "'",
                // A container's /dev/shm has 64 MB, which one parallel index build can fill.
                "dynamic_shared_memory_type = mmap",
                "huge_pages = off",
                // pg_dump locks every table in one transaction.
                "max_locks_per_transaction = 1024",
                "max_logical_replication_workers = 0",
                "shared_preload_libraries = ''",
                "session_preload_libraries = ''",
                "local_preload_libraries = ''",
                "jit = off",
                "timezone = 'UTC'",
                "lc_messages = 'C'",
                "logging_collector = off",
                "log_destination = 'stderr'",
                "log_min_messages = warning",
                // Statements hold passwords and rows; a log must not.
                "log_min_error_statement = panic",
                "log_statement = 'none'");
    }

    private static long within(long bytes, ByteSize smallest, ByteSize largest) {
        return Math.clamp(bytes, smallest.bytes(), largest.bytes());
    }

    private static String kilobytes(long bytes) {
        return bytes / 1024 + "kB";
    }

    private static Command watched(ToolSet tools, SandboxFolder folder, int port) {
        return folder.asServer(
                Command.of(
                        "sh",
                        "-c",
                        WATCHDOG,
                        "pgvigil-watchdog",
                        tools.program("postgres").toString(),
                        folder.data().toString(),
                        folder.log().toString(),
                        Integer.toString(port),
                        folder.tablespaces().toString()));
    }

    /// Whether the server came up; false when it ended instead.
    ///
    /// @param doing for the message when somebody cancels it
    static boolean awaitReady(Running running, SandboxFolder folder, Duration limit, String doing) {
        var deadline = System.nanoTime() + limit.toNanos();
        try {
            while (running.isAlive()) {
                if (folder.serverIsReady()) return true;
                if (System.nanoTime() - deadline > 0) return false;
                Thread.sleep(POLL);
            }
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(
                    ErrorCode.RUN_CANCELLED,
                    "cancelled while " + doing,
                    "Start it again when you are ready; nothing was left behind.",
                    e);
        }
    }

    static void stop(Running watchdog) {
        try {
            // Closing its input is what our death would do: one way to end, always exercised.
            watchdog.stdin().close();
            watchdog.waitFor(STOP_LIMIT);
        } catch (IOException | Problem alreadyGoneOrStuck) {
            // Closing below ends it for good.
        } finally {
            watchdog.close();
        }
    }

    private static String logTail(SandboxFolder folder) {
        try (var log = Files.newByteChannel(folder.log())) {
            var size = (int) Math.min(log.size(), LOG_TAIL_BYTES);
            var buffer = java.nio.ByteBuffer.allocate(size);
            log.position(log.size() - size);
            while (buffer.hasRemaining() && log.read(buffer) > 0) {}
            var lines =
                    new String(buffer.array(), java.nio.charset.StandardCharsets.UTF_8)
                            .strip()
                            .lines()
                            .toList();
            return String.join(
                    "; ",
                    lines.subList(Math.max(0, lines.size() - LOG_LINES_QUOTED), lines.size()));
        } catch (IOException e) {
            return "its log cannot be read";
        }
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw failed("no local port is free", "Check the machine's limits on open sockets.", e);
        }
    }

    private static Secret newPassword() {
        var bytes = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(bytes);
        return new Secret(HexFormat.of().formatHex(bytes));
    }

    static Problem failed(String what, String hint) {
        return new Problem(ErrorCode.SANDBOX_FAILED, what, hint);
    }

    static Problem failed(String what, String hint, Throwable cause) {
        return new Problem(ErrorCode.SANDBOX_FAILED, what, hint, cause);
    }

    static final java.nio.file.attribute.FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
}
