package io.pgvigil.task.physical;

import io.pgvigil.core.ByteSize;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Physical;
import io.pgvigil.core.drill.Check;
import io.pgvigil.core.drill.ClusterProof;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.wal.Point;
import io.pgvigil.core.wal.RecoveryWindow;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.Tools;
import io.pgvigil.postgres.sandbox.RecoveredServer;
import io.pgvigil.task.Progress;
import io.pgvigil.task.Stopwatch;
import io.pgvigil.task.StoredBackup;
import io.pgvigil.task.WorkFolder;
import io.pgvigil.task.drill.Checks;
import io.pgvigil.wire.BaseDocument;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.WalCatalog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/// Proves a physical backup: a server is recovered from it to the end of what is stored, and again to a
/// random moment before that, and everything in it is read.
public final class ClusterDrill {
    private static final Duration CHECKSUMS_LIMIT = Duration.ofHours(12);
    private static final ByteSize MEMORY = ByteSize.of(512L << 20);
    private static final int FETCHES = 4;
    private static final DatabaseName ENTRY = new DatabaseName("postgres");

    /// The server's own log, temporary files, and what replay writes before its first checkpoint.
    private static final long BESIDE = 1L << 30;

    /// As it was fetched, as the server keeps it in its pg_wal, and the pages that it changes.
    private static final int TIMES_WAL = 3;

    private static final Pattern REDO_DONE = Pattern.compile("redo done at ([0-9A-F]+/[0-9A-F]+)");
    private static final Pattern LAST_COMMIT =
            Pattern.compile(
                    "last completed transaction was at log time (\\d{4}-\\d\\d-\\d\\d)"
                            + " (\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?)");
    private static final Pattern STOPPED =
            Pattern.compile("recovery stopping (?:after WAL location|at restore point)");
    private static final Pattern MACHINE =
            Pattern.compile(
                    "No space left on device|annot allocate memory|could not create shared memory"
                            + "|could not map anonymous shared memory|database locale is incompatible");
    private static final Pattern LIBRARY =
            Pattern.compile("resource manager with ID \\d+ not registered|could not access file");

    private final ObjectStore store;
    private final ClusterRestore restore;
    private final Tools tools;
    private final Progress progress;
    private final InstantSource clock;
    private final Path work;
    private final LongSupplier seeds;

    /// @param seeds from which random moments are chosen
    public ClusterDrill(
            ObjectStore store,
            Tools tools,
            Progress progress,
            InstantSource clock,
            Path work,
            LongSupplier seeds) {
        this.store = store;
        this.restore = new ClusterRestore(store, progress, clock);
        this.tools = tools;
        this.progress = progress;
        this.clock = clock;
        this.work = work;
        this.seeds = seeds;
    }

    /// Always comes to a verdict unless the drill itself could not be done: no disk, no programs, no
    /// store.
    public Drill run(Run run, Order.Drill order, Manifest manifest) {
        return new Proof(run, order, manifest).perform();
    }

    private final class Proof {
        private final Run run;
        private final Order.Drill order;
        private final Manifest manifest;
        private final Physical physical;
        private final ToolSet set;
        private final Instant started = clock.instant();
        private final Stopwatch watch = new Stopwatch();
        private final List<String> reasons = new ArrayList<>();
        private final List<String> unproven = new ArrayList<>();
        private final List<String> restoreErrors = new ArrayList<>();
        private final List<Drill.CheckResult> checks = new ArrayList<>();
        private final Map<String, Long> equal = new LinkedHashMap<>();
        private final List<ClusterProof.Recovery> recoveries = new ArrayList<>();
        private final List<ClusterProof.Content> contents = new ArrayList<>();
        private Optional<Long> seed = Optional.empty();
        private double recovery;

        Proof(Run run, Order.Drill order, Manifest manifest) {
            this.run = run;
            this.order = order;
            this.manifest = manifest;
            this.physical = manifest.physical().orElseThrow();
            this.set = tools.forSandbox(manifest.shape().major());
        }

        Drill perform() {
            try {
                var log = new WalCatalog(store).of(manifest);
                var window = window(log);
                try (var folder =
                        WorkFolder.create(
                                work,
                                ByteSize.of(needed(log, window)),
                                "the drill of " + manifest.backup())) {
                    var end = toTheEnd(folder.path(), window);
                    if (end.isPresent()) toARandomMoment(folder.path(), window, end.get());
                }
            } catch (Problem problem) {
                // A bad backup is an answer; that we could not look is not.
                if (!StoredBackup.damage(problem)
                        && problem.code() != ErrorCode.POINT_NOT_REACHABLE) throw problem;
                reasons.add(problem.what());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return record();
        }

        /// The newest branch of the log that this base is on, as far as it goes without a gap.
        private Optional<RecoveryWindow> window(WalCatalog.Log log) {
            var newest =
                    RecoveryWindow.of(physical.base(manifest.backup()), log.wal()).stream()
                            .filter(RecoveryWindow::open)
                            .max(Comparator.comparing(RecoveryWindow::timeline));
            newest.stream()
                    .flatMap(window -> window.gaps().stream())
                    .findFirst()
                    .ifPresent(gap ->
                            unproven.add(
                                    "the log behind "
                                            + gap
                                            + ", which is missing: it cannot be reached"));
            return newest;
        }

        private long needed(WalCatalog.Log log, Optional<RecoveryWindow> window) {
            var facts =
                    Json.read(
                            new StoredBackup(store, manifest, progress).factsDocument(),
                            BaseDocument.class,
                            BaseDocument.FORMAT);
            var base = facts.archives().stream().mapToLong(BaseDocument.Archive::bytes).sum();
            var behind = window.map(one -> one.to().value() - physical.begin().value()).orElse(0L);
            return base + TIMES_WAL * (behind + log.wal().size().bytes()) + BESIDE;
        }

        /// The server as of the last thing that is stored; where its last record begins. Empty when it
        /// did not come up.
        private Optional<End> toTheEnd(Path folder, Optional<RecoveryWindow> window)
                throws IOException {
            // A base whose branch is not known stands for itself.
            var point =
                    window.map(one ->
                            new Point(Point.Kind.LATEST, "", Optional.of(one.timeline().value())));
            try (var server = RecoveredServer.in(folder)) {
                if (!recovered(server, point)) return Optional.empty();
                var reading = new ClusterReading(server.login(), set, progress);
                var databases = reading.databases();
                contents.addAll(reading.read(databases));
                watch.lap("read");
                seen(
                        server,
                        "the end of what is stored",
                        window,
                        contents.stream().mapToLong(ClusterProof.Content::rows).sum());
                var restorePoints = restorePoints(server, window);
                ask(server, databases);
                watch.lap("checks");
                reading.remark(databases);
                reading.amcheck(databases, order.jobs());
                reasons.addAll(reading.reasons);
                unproven.addAll(reading.unproven);
                watch.lap("amcheck");
                pages(server);
                watch.lap("checksums");
                return Optional.of(new End(recoveries.getLast().reached(), restorePoints));
            }
        }

        /// @param lastRecord where the last record begins
        /// @param restorePoints names that lie between the base and the end, each once
        private record End(Lsn lastRecord, List<String> restorePoints) {}

        /// Restores into a server's folder and starts it there. What a bad backup does becomes a reason.
        private boolean recovered(RecoveredServer server, Optional<Point> point)
                throws IOException {
            var places = new LinkedHashMap<String, String>();
            for (var space : physical.tablespaces())
                places.put(space.name(), server.tablespace("" + space.oid()).toString());
            var begin = System.nanoTime();
            var restored =
                    restore.run(
                            run,
                            new Order.Recover(
                                    order.server(),
                                    order.backup(),
                                    server.data().toString(),
                                    places,
                                    FETCHES,
                                    false,
                                    point),
                            manifest);
            restored.failure()
                    .map(Failure::toProblem)
                    .ifPresent(problem -> {
                        throw problem;
                    });
            watch.lap("restore");
            if (recoveries.isEmpty()) verify(server.data());
            var preloaded = server.preloaded();
            if (recoveries.isEmpty() && !preloaded.isEmpty())
                unproven.add(
                        "libraries that the source preloads ("
                                + String.join(", ", preloaded)
                                + "): none was loaded here, so what only they do was not seen");
            progress.stage("recover", point.map(one -> one.target().words()).orElse("the base"), 0);
            try {
                server.start(set, ClusterRestore.settings(server.data()), superuser(), MEMORY);
            } catch (Problem problem) {
                if (problem.code() != ErrorCode.SANDBOX_FAILED) throw problem;
                judge(server, problem, preloaded);
                return false;
            } finally {
                watch.lap("recover");
            }
            recovery = Math.round((System.nanoTime() - begin) / 1e6) / 1000.0;
            return true;
        }

        private String superuser() {
            return manifest.shape().superuser().isEmpty()
                    ? "postgres"
                    : manifest.shape().superuser();
        }

        /// The restore has compared every file; PostgreSQL's own program looks at what lies on the disk.
        private void verify(Path data) {
            equal.put("files", physical.files());
            var program = PgVerifybackup.of(tools, manifest);
            if (program.isEmpty()) {
                unproven.add(
                        "pg_verifybackup "
                                + manifest.shape().major()
                                + ": it is not installed here, and pgvigil alone compared the files with"
                                + " backup_manifest");
                return;
            }
            progress.stage("verify", data.toString(), 0);
            program.get().verify(data, manifest);
            if (!program.get().readsWal())
                unproven.add(
                        "the records in the base's own WAL: pg_waldump is not installed beside"
                                + " pg_verifybackup");
            watch.lap("verify");
        }

        /// Why a server did not come up: for the backup, or for this machine.
        private void judge(RecoveredServer server, Problem problem, List<String> preloaded) {
            if (server.logged(MACHINE).isPresent()) throw problem;
            if (server.logged(LIBRARY).isPresent())
                throw new Problem(
                        ErrorCode.SANDBOX_FAILED,
                        "the server needs a library that the drill does not have: "
                                + server.logTail(),
                        "The source preloads "
                                + (preloaded.isEmpty()
                                        ? "libraries that its data folder does not name"
                                        : String.join(", ", preloaded))
                                + ". The drill preloads none; prove this backup by hand, on a host that has"
                                + " them.",
                        problem);
            restoreErrors.add(server.logTail());
            reasons.add("a server in the restored folder did not come up: " + server.logTail());
        }

        private void seen(
                RecoveredServer server, String target, Optional<RecoveryWindow> window, long rows) {
            recoveries.add(
                    new ClusterProof.Recovery(
                            target,
                            server.logged(REDO_DONE)
                                    .map(found -> Lsn.parse(found.group(1)))
                                    .orElse(physical.end()),
                            window.map(one -> one.timeline().value()).orElse(physical.timeline()),
                            server.logged(LAST_COMMIT)
                                    .map(found ->
                                            Instant.parse(
                                                    found.group(1) + "T" + found.group(2) + "Z")),
                            rows,
                            recovery));
        }

        private void ask(RecoveredServer server, List<DatabaseName> databases) {
            if (order.checks().isEmpty()) return;
            progress.stage("checks", order.checks().size() + "", 0);
            for (var database : databases) {
                var asked = new ArrayList<Check>();
                for (var check : order.checks())
                    if (check.database().map(database::equals).orElse(users(database, databases)))
                        asked.add(new Check(check.name() + " in " + database, check.sql()));
                checks.addAll(Checks.ask(server.login(), database, asked));
            }
            for (var check : order.checks())
                check.database()
                        .filter(name -> !databases.contains(name))
                        .ifPresent(name ->
                                checks.add(
                                        new Drill.CheckResult(
                                                check.name() + " in " + name,
                                                false,
                                                "the server has no such database")));
        }

        /// Where a question for every database is asked: not where nobody keeps anything.
        private static boolean users(DatabaseName database, List<DatabaseName> all) {
            if (database.value().equals("template1")) return false;
            return !database.equals(ENTRY) || all.size() <= 2;
        }

        /// After a clean stop every page that was changed has its checksum on the disk.
        private void pages(RecoveredServer server) {
            server.stop();
            if (!physical.checksums()) {
                unproven.add("page checksums: the source has none (initdb --data-checksums)");
                return;
            }
            if (!set.has("pg_checksums")) {
                unproven.add("page checksums: pg_checksums is not installed in " + set.bin());
                return;
            }
            progress.stage("checksums", server.data().toString(), 0);
            var finished =
                    server.run(
                            set,
                            CHECKSUMS_LIMIT,
                            "pg_checksums",
                            "--check",
                            "-D",
                            server.data().toString());
            if (finished.succeeded()) return;
            reasons.add(
                    "pg_checksums: "
                            + finished.stderr().stream()
                                    .filter(line -> line.contains("error"))
                                    .limit(3)
                                    .reduce((one, other) -> one + "; " + other)
                                    .orElse("it ended with " + finished.status()));
        }

        private List<String> restorePoints(RecoveredServer server, Optional<RecoveryWindow> window)
                throws IOException {
            if (window.isEmpty()) return List.of();
            return RestorePoints.between(
                    server,
                    set,
                    physical.segmentSize(),
                    physical.end(),
                    recoveries.getLast().reached());
        }

        /// A second server, to a moment that nobody chose.
        private void toARandomMoment(Path folder, Optional<RecoveryWindow> window, End end)
                throws IOException {
            var from = physical.end().value();
            var span = end.lastRecord().value() - from;
            if (window.isEmpty() || span <= 0) {
                unproven.add(
                        "a moment behind the base: no WAL behind it is stored, so its end is the only one");
                return;
            }
            seed = Optional.of(seeds.getAsLong());
            var random = new Random(seed.get());
            var timeline = Optional.of(window.get().timeline().value());
            // A named point is where somebody meant to go; else anywhere will do.
            var point =
                    end.restorePoints().isEmpty()
                            ? new Point(
                                    Point.Kind.LSN,
                                    new Lsn(from + random.nextLong(span)).toString(),
                                    timeline)
                            : new Point(
                                    Point.Kind.NAME,
                                    end.restorePoints()
                                            .get(random.nextInt(end.restorePoints().size())),
                                    timeline);
            try (var server = RecoveredServer.in(folder)) {
                if (!recovered(server, Optional.of(point))) return;
                var words = point.target().words();
                if (server.logged(STOPPED).isEmpty())
                    reasons.add("recovery did not stop at " + words);
                var reading = new ClusterReading(server.login(), set, progress);
                var rows =
                        reading.read(reading.databases()).stream()
                                .mapToLong(ClusterProof.Content::rows)
                                .sum();
                reading.reasons.forEach(reason -> reasons.add("at " + words + ": " + reason));
                seen(server, words, window, rows);
                watch.lap("read");
            }
        }

        private Drill record() {
            var failed = checks.stream().filter(check -> !check.passed()).count();
            if (failed > 0) reasons.add(failed + " of " + checks.size() + " checks do not hold");
            if (recoveries.isEmpty() && reasons.isEmpty())
                throw new IllegalStateException("nothing was recovered, and nobody says why");
            var seconds = new LinkedHashMap<>(watch.seconds());
            if (!recoveries.isEmpty()) seconds.put("recovery", recoveries.getFirst().seconds());
            return new Drill(
                    Drill.FORMAT,
                    run.run(),
                    order.backup(),
                    manifest.server(),
                    manifest.database(),
                    reasons.isEmpty() ? DrillVerdict.PROVEN : DrillVerdict.NOT_PROVEN,
                    started,
                    clock.instant(),
                    reasons,
                    List.of(),
                    List.of(),
                    List.of(),
                    unproven,
                    restoreErrors,
                    checks,
                    equal,
                    seconds,
                    "a temporary server of PostgreSQL " + set.version(),
                    Optional.of(new ClusterProof(recoveries, seed, contents)));
        }
    }
}
