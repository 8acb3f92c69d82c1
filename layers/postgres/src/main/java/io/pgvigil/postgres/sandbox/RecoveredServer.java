package io.pgvigil.postgres.sandbox;

import io.pgvigil.core.ByteSize;
import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.SslMode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import io.pgvigil.postgres.Finished;
import io.pgvigil.postgres.Processes;
import io.pgvigil.postgres.Running;
import io.pgvigil.postgres.ToolSet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A temporary server in a data folder that a physical backup was restored into.
///
/// - **Alone:** it listens on no network, only on a socket that nobody else can reach. It archives
///   nothing, follows nobody, runs no subscription and preloads no library: nothing that the source's
///   own configuration says is done here.
/// - **Gone with us:** closing removes server and folder. If this process is killed, a watchdog stops
///   the server and removes its data; what is left of the folder goes with the next [Sandbox#sweep].
public final class RecoveredServer implements AutoCloseable {
    private static final Duration RECOVERY_LIMIT = Duration.ofHours(24);
    private static final Duration STOP_LIMIT = Duration.ofMinutes(10);
    private static final Duration SHORT = Duration.ofMinutes(1);

    /// Names the socket; nothing listens on a port.
    private static final int PORT = 5432;

    /// What fits into the address of a socket, on every system.
    private static final int LONGEST_SOCKET = 100;

    private static final int LOG_LINES_QUOTED = 6;

    // $1 program, $2 data folder, $3 log, $4 settings, $5 mark that our owner is gone, $6 folder.
    // The
    // shell reads our stdin, which ends when we close it or die. A server that ended by itself
    // keeps its
    // data: it is looked at again. QUIT is PostgreSQL's immediate shutdown.
    private static final String WATCHDOG =
            """
            exec 3<&0 </dev/null
            "$1" -D "$2" -c config_file="$4" >>"$3" 2>&1 3<&- &
            server=$!
            (while read -r ignored <&3; do :; done; : >"$5"; kill -QUIT $server) 2>/dev/null &
            watch=$!
            exec 3<&-
            trap ': >"$5"; kill -QUIT $server 2>/dev/null' INT TERM HUP
            wait $server
            status=$?
            # A signal to us ends the first wait early.
            wait $server 2>/dev/null
            if [ -e "$5" ]; then rm -rf -- "$2" "$2.wal" "$6/tablespaces" "$6/socket"; fi
            kill $watch 2>/dev/null
            exit $status
            """;

    private final SandboxFolder folder;
    private final Path socket;
    private Optional<Running> watchdog = Optional.empty();
    private Optional<ToolSet> tools = Optional.empty();
    private Optional<Login> login = Optional.empty();

    private RecoveredServer(SandboxFolder folder, Path socket) {
        this.folder = folder;
        this.socket = socket;
    }

    /// A place for the data folder; nothing is in it yet.
    public static RecoveredServer in(Path workFolder) {
        var folder = SandboxFolder.create(workFolder);
        try {
            return new RecoveredServer(folder, socketFolder(folder));
        } catch (IOException e) {
            folder.remove();
            throw Sandbox.failed(
                    "cannot make a folder for the server's socket",
                    "Name a work folder that can be written and has space.",
                    e);
        }
    }

    private static Path socketFolder(SandboxFolder folder) throws IOException {
        var owner =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        var inside = folder.path().resolve("socket");
        var made =
                inside.toString().length() + "/.s.PGSQL.5432.lock".length() <= LONGEST_SOCKET
                        ? Files.createDirectory(inside, owner)
                        : Files.createTempDirectory(Path.of("/tmp"), "pgvigil-socket-", owner);
        folder.giveAllToServer(made);
        return made;
    }

    /// The data folder to restore into; its WAL may lie beside it, under the same name and `.wal`.
    public Path data() {
        return folder.data();
    }

    /// Where a tablespace is to be restored.
    public Path tablespace(String name) {
        return folder.tablespaces().resolve(name);
    }

    /// The libraries that the restored configuration preloads, as it names them. Empty when it names
    /// none, or when the configuration is not in the data folder.
    public List<String> preloaded() {
        var found = "";
        for (var name : List.of("postgresql.conf", "postgresql.auto.conf"))
            for (var line : lines(folder.data().resolve(name))) {
                var match = PRELOAD.matcher(line);
                if (match.find()) found = match.group(1);
            }
        return Stream.of(found.split(",", -1))
                .map(String::strip)
                .filter(one -> !one.isEmpty())
                .toList();
    }

    private static final Pattern PRELOAD =
            Pattern.compile("^\\s*shared_preload_libraries\\s*=?\\s*'?([^'#]*)'?");

    private static List<String> lines(Path file) {
        try {
            return Files.exists(file)
                    ? Files.readAllLines(file, StandardCharsets.ISO_8859_1)
                    : List.of();
        } catch (IOException e) {
            throw Sandbox.failed("cannot read " + file, "Check the work folder's disk.", e);
        }
    }

    /// Starts the server and waits until it has recovered and takes connections.
    ///
    /// @param recovery settings that say how far; they replace what the backup's own
    ///     `postgresql.auto.conf` says
    /// @param superuser a role of the source that may do everything
    /// @throws Problem with `SANDBOX_FAILED` when it does not come up; [#log] says what it said
    public Login start(
            ToolSet set, Map<String, String> recovery, String superuser, ByteSize memory) {
        if (!set.hasServer())
            throw Sandbox.failed(
                    set.bin() + " holds no server programs",
                    "Install the package postgresql-" + set.version().major() + ".");
        tools = Optional.of(set);
        configure(set, recovery, memory);
        folder.giveAllToServer(folder.path());
        var running = Processes.startWithInput(watched(set), line -> {});
        watchdog = Optional.of(running);
        // Without hot standby it says so only when recovery is over.
        if (!Sandbox.awaitReady(running, folder, RECOVERY_LIMIT, "a server recovered"))
            throw Sandbox.failed(
                    "the restored server did not come up: " + logTail(),
                    "The log says why; see docs/operations/physical.md.");
        var ours =
                new Login(
                        new Endpoint(
                                socket.toString(),
                                PORT,
                                superuser,
                                SslMode.DISABLE,
                                Optional.empty()),
                        Optional.empty());
        login = Optional.of(ours);
        return ours;
    }

    private void configure(ToolSet set, Map<String, String> recovery, ByteSize memory) {
        var access = folder.path().resolve("hba.conf");
        var names = folder.path().resolve("ident.conf");
        var segment = controlled(set, "Bytes per WAL segment", 1L << 20);
        var settings = new ArrayList<>(Sandbox.settings(memory));
        // The last of a name counts.
        settings.addAll(
                List.of(
                        "listen_addresses = ''",
                        "port = " + PORT,
                        "unix_socket_directories = " + quoted(socket.toString()),
                        "unix_socket_permissions = 0700",
                        "hba_file = " + quoted(access.toString()),
                        "ident_file = " + quoted(names.toString()),
                        // A server does not start with less than two segments.
                        "min_wal_size = " + wal(2 * segment),
                        "max_wal_size = " + wal(Math.max(2L << 30, 4 * segment)),
                        "wal_level = replica",
                        "hot_standby = off",
                        "primary_conninfo = ''",
                        "primary_slot_name = ''",
                        "log_timezone = 'UTC'",
                        "restart_after_crash = off",
                        // Replay needs a place for each prepared transaction and each lock of the
                        // source.
                        "max_prepared_transactions = "
                                + controlled(set, "max_prepared_xacts", 1000),
                        "max_locks_per_transaction = "
                                + controlled(set, "max_locks_per_xact", 1024)));
        // Triggers on login could keep us out.
        if (set.version().major() >= 17) settings.add("event_triggers = off");
        var own = new ArrayList<String>();
        own.add("# How far to recover; what the source set with ALTER SYSTEM is left out.");
        recovery.forEach((name, value) -> own.add(name + " = " + quoted(value)));
        try {
            Files.write(conf(), settings);
            // Whoever can reach the socket: nobody but us.
            Files.writeString(access, "local all all trust\n");
            Files.writeString(names, "");
            Files.write(folder.data().resolve("postgresql.auto.conf"), own);
        } catch (IOException e) {
            throw Sandbox.failed(
                    "cannot configure the server in " + folder.path(),
                    "Check that the folder can be written and has space.",
                    e);
        }
    }

    private static String wal(long bytes) {
        return "'" + (bytes >> 20) + "MB'";
    }

    private static String quoted(String value) {
        return "'" + value.replace("'", "''") + "'";
    }

    private Path conf() {
        return folder.path().resolve("server.conf");
    }

    /// What the source had of a setting that recovery depends on, and at least this much.
    private long controlled(ToolSet set, String name, long least) {
        if (!set.has("pg_controldata")) return least;
        folder.giveAllToServer(folder.path());
        return run(set, SHORT, "pg_controldata", folder.data().toString())
                .stdout()
                .lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.replaceFirst(".*:\\s*", "").strip())
                .filter(text -> text.matches("\\d{1,10}"))
                .map(Long::parseLong)
                .findFirst()
                .map(value -> Math.max(value, least))
                .orElse(least);
    }

    private Command watched(ToolSet set) {
        return folder.asServer(
                Command.of(
                        "sh",
                        "-c",
                        WATCHDOG,
                        "pgvigil-watchdog",
                        set.program("postgres").toString(),
                        folder.data().toString(),
                        folder.log().toString(),
                        conf().toString(),
                        folder.path().resolve("owner-gone").toString(),
                        folder.path().toString()));
    }

    /// A superuser's login.
    public Login login() {
        return login.orElseThrow(() -> new IllegalStateException("the server was not started"));
    }

    /// Ends the server as an operator would, with everything written down. Its data stays.
    public void stop() {
        var set = tools.orElseThrow();
        var finished =
                run(
                        set,
                        STOP_LIMIT,
                        "pg_ctl",
                        "-D",
                        folder.data().toString(),
                        "-m",
                        "fast",
                        "-w",
                        "-t",
                        "" + STOP_LIMIT.toSeconds(),
                        "stop");
        if (!finished.succeeded())
            throw Sandbox.failed(
                    "the restored server does not stop: " + logTail(), "Look at the reason.");
        watchdog.ifPresent(running -> running.waitFor(SHORT));
        login = Optional.empty();
    }

    /// Runs one of the server's programs as the user that owns the data folder.
    public Finished run(ToolSet set, Duration limit, String program, String... arguments) {
        var argv = new ArrayList<>(List.of(set.program(program).toString()));
        argv.addAll(List.of(arguments));
        return Processes.run(folder.asServer(new Command(argv, new LinkedHashMap<>())), limit);
    }

    /// The first line of the server's log that holds a pattern.
    public Optional<MatchResult> logged(Pattern pattern) {
        if (!Files.exists(folder.log())) return Optional.empty();
        try (var lines = Files.lines(folder.log(), StandardCharsets.ISO_8859_1)) {
            return lines.map(pattern::matcher)
                    .filter(java.util.regex.Matcher::find)
                    .<MatchResult>map(java.util.regex.Matcher::toMatchResult)
                    .findFirst();
        } catch (IOException e) {
            throw Sandbox.failed("cannot read " + folder.log(), "Check the work folder's disk.", e);
        }
    }

    /// What the server said last: its errors when there are any.
    public String logTail() {
        var lines = lines(folder.log());
        var loud =
                lines.stream()
                        .filter(line -> line.matches(".*\\b(ERROR|FATAL|PANIC|HINT|DETAIL):.*"))
                        .toList();
        var chosen = loud.isEmpty() ? lines : loud;
        return String.join(
                "; ", chosen.subList(Math.max(0, chosen.size() - LOG_LINES_QUOTED), chosen.size()));
    }

    @Override
    public void close() {
        try {
            watchdog.ifPresent(Sandbox::stop);
        } finally {
            folder.remove();
            removeSocket();
        }
    }

    private void removeSocket() {
        try (var files = Files.exists(socket) ? Files.list(socket) : Stream.<Path>empty()) {
            for (var file : files.toList()) Files.deleteIfExists(file);
            Files.deleteIfExists(socket);
        } catch (IOException leftBehind) {
            // An empty folder in the folder for temporary files.
        }
    }
}
