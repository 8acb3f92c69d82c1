package io.pgvigil.task.physical;

import io.pgvigil.archive.ArchiveException;
import io.pgvigil.archive.ArchiveInput;
import io.pgvigil.archive.facts.ArchiveFacts;
import io.pgvigil.archive.facts.ArchiveTap;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.ByteSize;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.LoginSource;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import io.pgvigil.core.restore.RestoreRecord;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.wal.RecoveryPlan;
import io.pgvigil.core.wal.RecoveryPlanner;
import io.pgvigil.postgres.DumpFailure;
import io.pgvigil.postgres.DumpLimits;
import io.pgvigil.postgres.PgDump;
import io.pgvigil.postgres.Processes;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.Tools;
import io.pgvigil.postgres.restore.FreshSchema;
import io.pgvigil.postgres.restore.PgRestore;
import io.pgvigil.postgres.restore.RowCounts;
import io.pgvigil.postgres.sandbox.RecoveredServer;
import io.pgvigil.task.Archives;
import io.pgvigil.task.Progress;
import io.pgvigil.task.Space;
import io.pgvigil.task.Stopwatch;
import io.pgvigil.task.StoredBackup;
import io.pgvigil.task.WorkFolder;
import io.pgvigil.task.drill.SandboxSql;
import io.pgvigil.wire.BaseDocument;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.WalCatalog;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Brings tables, as they were at a moment, into a new schema of a database that is in use.
///
/// A whole server is recovered to that moment in a private place; the tables are taken out of it, and put
/// into the new schema in one transaction. Nothing else in that database is touched.
public final class TableRescue {
    private static final ByteSize MEMORY = ByteSize.of(512L << 20);
    private static final Duration EXIT_LIMIT = Duration.ofMinutes(1);
    private static final Duration LOAD_LIMIT = Duration.ofHours(12);
    private static final long BESIDE = 1L << 30;
    private static final int TIMES_WAL = 3;

    private final ObjectStore store;
    private final ClusterRestore restore;
    private final Tools tools;
    private final Progress progress;
    private final InstantSource clock;
    private final Path work;

    public TableRescue(
            ObjectStore store, Tools tools, Progress progress, InstantSource clock, Path work) {
        this.store = store;
        this.restore = new ClusterRestore(store, progress, clock);
        this.tools = tools;
        this.progress = progress;
        this.clock = clock;
        this.work = work;
    }

    /// A rescue that could not be done ends in a record with its failure, like one that was done.
    ///
    /// @param logins to the database in use
    public RestoreRecord run(Run run, Order.Restore order, Manifest manifest, LoginSource logins) {
        return new Rescue(run, order, manifest, logins).perform();
    }

    private final class Rescue {
        private final Run run;
        private final Order.Restore order;
        private final Order.Rescue rescue;
        private final Manifest manifest;
        private final LoginSource logins;
        private final ToolSet set;
        private final Instant started = clock.instant();
        private final Stopwatch watch = new Stopwatch();
        private final List<String> plan = new ArrayList<>();
        private final List<String> warnings = new ArrayList<>();
        private final Map<String, Long> rows = new LinkedHashMap<>();

        Rescue(Run run, Order.Restore order, Manifest manifest, LoginSource logins) {
            this.run = run;
            this.order = order;
            this.rescue = order.rescue().orElseThrow();
            this.manifest = manifest;
            this.logins = logins;
            this.set = tools.forSandbox(manifest.shape().major());
        }

        RestoreRecord perform() {
            Optional<Failure> failure = Optional.empty();
            try {
                work();
            } catch (Problem problem) {
                failure = Optional.of(Failure.of(problem));
            } catch (SQLException e) {
                failure = Optional.of(Failure.of(refused(e)));
            } catch (IOException e) {
                failure =
                        Optional.of(
                                Failure.of(
                                        new Problem(
                                                ErrorCode.LOCAL_IO_FAILED,
                                                "the work folder cannot be used: " + e,
                                                "Is its disk full?",
                                                e)));
            }
            return new RestoreRecord(
                    RestoreRecord.FORMAT,
                    run.run(),
                    manifest.backup(),
                    manifest.server(),
                    manifest.database(),
                    order.target() + "/" + order.targetDatabase() + ", schema " + rescue.schema(),
                    order.dryRun(),
                    started,
                    clock.instant(),
                    plan,
                    warnings,
                    List.of(),
                    Optional.empty(),
                    watch.seconds(),
                    failure,
                    rows);
        }

        private static Problem refused(SQLException e) {
            return new Problem(
                    ErrorCode.RESTORE_INCOMPLETE,
                    "the restored server refuses: " + e.getMessage(),
                    "The database in use was not touched. Recover into a folder instead, and look there.",
                    e);
        }

        private void work() throws IOException, SQLException {
            // Look at the target first: an hour later is too late to find out that the name is
            // taken.
            progress.stage("plan", order.targetDatabase().value(), 0);
            var fresh = new FreshSchema(order.targetDatabase(), rescue.schema());
            fresh.requireFree(logins.login());
            var dump = manifest.kind() == BackupKind.LOGICAL;
            var needed = dump ? plannedDump() : planned();
            if (order.dryRun()) {
                requireSpace(needed);
                return;
            }
            watch.lap("plan");
            try (var folder = WorkFolder.create(work, ByteSize.of(needed), "the rescue")) {
                var archive = folder.newFile("tables");
                var facts = dump ? ofDump(folder, archive) : ofServer(folder, archive);
                watch.lap("dump");
                load(fresh, archive, facts);
                watch.lap("load");
            }
        }

        // Nothing is needed of either any more, and each holds every row there is: neither outlives
        // what was taken of it.

        private ArchiveFacts ofServer(WorkFolder folder, Path archive)
                throws IOException, SQLException {
            try (var server = RecoveredServer.in(folder.path())) {
                recovered(server);
                var facts = taken(server.login(), archive, Optional.empty());
                server.stop();
                return facts;
            }
        }

        private ArchiveFacts ofDump(WorkFolder folder, Path archive)
                throws IOException, SQLException {
            try (var restored =
                    RestoredDump.in(folder, store, manifest, set, MEMORY, order.jobs(), progress)) {
                watch.lap("restore");
                return taken(restored.login(), archive, Optional.of(restored));
            }
        }

        private long plannedDump() {
            var needed = RestoredDump.space(manifest);
            plan.add(
                    "restore the whole backup into a server in the work folder, which takes about "
                            + ByteSize.of(needed)
                            + " for as long as it lasts");
            plan.addAll(steps());
            return needed;
        }

        private void requireSpace(long needed) throws IOException {
            Files.createDirectories(work);
            var usable = Space.usable(work);
            if (usable < needed)
                throw new Problem(
                        ErrorCode.SPACE_MISSING,
                        "the rescue needs about %s in %s, which has %s"
                                .formatted(ByteSize.of(needed), work, ByteSize.of(usable)),
                        "Make room, or name a larger disk in PGVIGIL_WORK.");
        }

        /// How much space it takes, about.
        private long planned() {
            var log = new WalCatalog(store).of(manifest);
            var reachable =
                    switch (new RecoveryPlanner(log.bases(), log.wal())
                            .plan(
                                    rescue.point().target(),
                                    rescue.point().chosenTimeline(),
                                    Optional.of(manifest.backup()))) {
                        case RecoveryPlan.Refused(var code, var what, var hint) ->
                                throw new Problem(code, what, hint);
                        case RecoveryPlan.Reachable found -> found;
                    };
            var facts =
                    Json.read(
                            new StoredBackup(store, manifest, progress).factsDocument(),
                            BaseDocument.class,
                            BaseDocument.FORMAT);
            var base = facts.archives().stream().mapToLong(BaseDocument.Archive::bytes).sum();
            var segments = reachable.needed().size() + reachable.ahead().size();
            var needed = base + TIMES_WAL * segments * (long) log.wal().size().bytes() + BESIDE;
            warnings.addAll(reachable.reasons());
            plan.add(
                    "recover the whole server to "
                            + rescue.point().target().words()
                            + " in the work folder, which takes about "
                            + ByteSize.of(needed)
                            + " for as long as it lasts");
            plan.addAll(steps());
            return needed;
        }

        private List<String> steps() {
            return List.of(
                    "take "
                            + String.join(", ", order.tables())
                            + " out of its database "
                            + rescue.database(),
                    "put them into the new schema "
                            + rescue.schema()
                            + " of "
                            + order.targetDatabase()
                            + ", in one transaction; nothing else there is touched");
        }

        private void recovered(RecoveredServer server) throws IOException {
            var places = new LinkedHashMap<String, String>();
            for (var space : manifest.physical().orElseThrow().tablespaces())
                places.put(space.name(), server.tablespace("" + space.oid()).toString());
            restore.run(
                            run,
                            new Order.Recover(
                                    order.server(),
                                    order.backup(),
                                    server.data().toString(),
                                    places,
                                    order.jobs(),
                                    false,
                                    Optional.of(rescue.point())),
                            manifest)
                    .failure()
                    .map(Failure::toProblem)
                    .ifPresent(problem -> {
                        throw problem;
                    });
            watch.lap("restore");
            progress.stage("recover", rescue.point().target().words(), 0);
            var superuser = manifest.shape().superuser();
            try {
                server.start(
                        set,
                        ClusterRestore.settings(server.data()),
                        superuser.isEmpty() ? "postgres" : superuser,
                        MEMORY);
            } catch (Problem problem) {
                if (server.logTail().contains("before configured recovery target was reached"))
                    throw new Problem(
                            ErrorCode.POINT_NOT_REACHABLE,
                            "the stored log ends before "
                                    + rescue.point().target().words()
                                    + ": nothing was committed behind it",
                            "What is stored is all there was then: leave out the moment.",
                            problem);
                throw problem;
            }
            watch.lap("recover");
        }

        /// The tables, moved into the new schema over there and dumped from it.
        ///
        /// @param restored knows what their rows must be
        private ArchiveFacts taken(Login server, Path archive, Optional<RestoredDump> restored)
                throws SQLException, IOException {
            progress.stage("dump", String.join(", ", order.tables()), 0);
            var none = List.<String>of();
            try (var connection = open(server, rescue.database())) {
                var extraction = new Extraction(connection, rescue.schema());
                var names = extraction.choose(order.tables());
                if (restored.isPresent())
                    restored.get()
                            .requireRows(
                                    dumped(
                                            server,
                                            connection,
                                            new Selection(none, none, names, none, none),
                                            OutputStream.nullOutputStream()));
                warnings.addAll(extraction.take());
                // In quotes, so that no letter of the name is a pattern.
                var named = "\"" + rescue.schema().replace("\"", "\"\"") + "\"";
                try (var out = Files.newOutputStream(archive)) {
                    return dumped(
                            server,
                            connection,
                            new Selection(List.of(named), none, none, none, none),
                            out);
                }
            }
        }

        private Connection open(Login server, DatabaseName database) throws SQLException {
            try {
                return SandboxSql.open(server, database);
            } catch (SQLException e) {
                // 3D000: there is no such database.
                if (!"3D000".equals(e.getSQLState())) throw e;
                throw new Problem(
                        ErrorCode.DATABASE_NOT_FOUND,
                        "the server had no database " + database + " at that moment",
                        "Name the one that held the tables with --database.",
                        e);
            }
        }

        private ArchiveFacts dumped(
                Login server, Connection connection, Selection what, OutputStream out)
                throws SQLException, IOException {
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setAutoCommit(false);
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery("select pg_export_snapshot()")) {
                row.next();
                return dumped(
                        PgDump.dump(
                                set,
                                server,
                                rescue.database(),
                                what,
                                row.getString(1),
                                DumpLimits.STANDARD),
                        out);
            } finally {
                connection.setAutoCommit(true);
            }
        }

        private static ArchiveFacts dumped(Command command, OutputStream out) throws IOException {
            try (var running = Processes.start(command)) {
                try {
                    var facts = ArchiveTap.read(copying(ArchiveInput.of(running.stdout()), out));
                    var status = running.waitFor(EXIT_LIMIT);
                    if (status != 0) throw DumpFailure.explain(status, running.stderr());
                    return facts;
                } catch (ArchiveException e) {
                    var status = running.waitFor(EXIT_LIMIT);
                    if (status != 0) throw DumpFailure.explain(status, running.stderr());
                    throw Archives.problem("the dump of the tables", e);
                }
            }
        }

        private static ArchiveInput copying(ArchiveInput in, OutputStream out) {
            return () -> {
                ByteBuffer buffer = in.next();
                if (buffer != null)
                    out.write(
                            buffer.array(),
                            buffer.arrayOffset() + buffer.position(),
                            buffer.remaining());
                return buffer;
            };
        }

        private void load(FreshSchema fresh, Path archive, ArchiveFacts facts) {
            progress.stage("load", order.targetDatabase() + "." + rescue.schema(), 0);
            var login = logins.login();
            fresh.make(login);
            var done = false;
            try {
                var finished =
                        Processes.run(
                                PgRestore.alone(
                                        set,
                                        login,
                                        order.targetDatabase(),
                                        rescue.schema(),
                                        archive),
                                LOAD_LIMIT);
                if (!finished.succeeded())
                    throw new Problem(
                            ErrorCode.RESTORE_INCOMPLETE,
                            "the tables cannot be made in "
                                    + order.targetDatabase()
                                    + ": "
                                    + finished.stderr().stream()
                                            .filter(line -> line.contains("error"))
                                            .findFirst()
                                            .orElse("pg_restore ended with " + finished.status()),
                            "Nothing of them is there. A type or function they need may be gone:"
                                    + " recover into a folder (--to FOLDER) and take it from there.");
                done = true;
            } finally {
                // In one transaction nothing but the schema itself can be left.
                if (!done) fresh.remove(logins.login());
            }
            var differing =
                    RowCounts.differing(logins.login(), order.targetDatabase(), facts.tables());
            if (!differing.isEmpty())
                throw new Problem(
                        ErrorCode.RESTORE_INCOMPLETE,
                        "the tables do not hold what was dumped: " + String.join("; ", differing),
                        "Did somebody write to them meanwhile? They are in schema "
                                + rescue.schema()
                                + ".");
            facts.tables().forEach(table -> rows.merge(table.table(), table.rows(), Long::sum));
            warnings.add(
                    "the tables belong to "
                            + login.endpoint().user()
                            + ", and nobody else was given rights on them");
        }
    }
}
