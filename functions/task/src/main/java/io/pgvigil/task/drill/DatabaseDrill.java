package io.pgvigil.task.drill;

import io.pgvigil.archive.ArchiveException;
import io.pgvigil.archive.ArchiveInput;
import io.pgvigil.archive.facts.ArchiveFacts;
import io.pgvigil.archive.facts.ArchiveTap;
import io.pgvigil.archive.facts.TableFacts;
import io.pgvigil.archive.fixpoint.Acceptance;
import io.pgvigil.archive.fixpoint.Comparison;
import io.pgvigil.archive.fixpoint.Difference;
import io.pgvigil.archive.fixpoint.Fixpoint;
import io.pgvigil.archive.fixpoint.Outcome;
import io.pgvigil.core.ByteSize;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.postgres.DumpFailure;
import io.pgvigil.postgres.DumpLimits;
import io.pgvigil.postgres.PgDump;
import io.pgvigil.postgres.Processes;
import io.pgvigil.postgres.ServerFacts;
import io.pgvigil.postgres.SourceDatabase;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.Tools;
import io.pgvigil.postgres.restore.Globals;
import io.pgvigil.postgres.restore.Restoration;
import io.pgvigil.postgres.restore.RestoreOptions;
import io.pgvigil.postgres.restore.RestoreOutcome;
import io.pgvigil.postgres.restore.RestoreTarget;
import io.pgvigil.postgres.sandbox.Sandbox;
import io.pgvigil.postgres.sandbox.SandboxShape;
import io.pgvigil.task.Archives;
import io.pgvigil.task.Progress;
import io.pgvigil.task.Stopwatch;
import io.pgvigil.task.StoredBackup;
import io.pgvigil.task.WorkFolder;
import io.pgvigil.wire.FactsDocument;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Proves one backup: a database restored from it must dump to the same archive.
public final class DatabaseDrill {
    private static final Duration EXIT_LIMIT = Duration.ofMinutes(1);
    private static final Duration GLOBALS_LIMIT = Duration.ofMinutes(10);
    private static final ByteSize SANDBOX_MEMORY = ByteSize.of(512L << 20);

    /// What initdb makes, and WAL before the first checkpoint takes it away.
    private static final long SANDBOX_BASE = 1L << 30;

    private final ObjectReader store;
    private final Tools tools;
    private final Progress progress;
    private final InstantSource clock;
    private final Path work;

    public DatabaseDrill(
            ObjectReader store, Tools tools, Progress progress, InstantSource clock, Path work) {
        this.store = store;
        this.tools = tools;
        this.progress = progress;
        this.clock = clock;
        this.work = work;
    }

    /// Always comes to a verdict unless the drill itself could not be done: no disk, no programs, no
    /// store.
    public Drill run(Run run, Order.Drill order, Manifest manifest) {
        var started = clock.instant();
        var watch = new Stopwatch();
        var findings = new Findings();
        try {
            // The archive is spooled once, and the temporary instance holds the database once.
            var totals = manifest.totals();
            var needed = totals.archiveBytes() + totals.databaseBytes() * 5 / 4 + SANDBOX_BASE;
            try (var folder =
                    WorkFolder.create(
                            work, ByteSize.of(needed), "the drill of " + manifest.backup())) {
                prove(order, manifest, folder, findings, watch);
            }
        } catch (Problem problem) {
            // A bad backup is an answer; that we could not look is not.
            if (problem.code() == ErrorCode.DATABASE_NOT_FOUND)
                findings.reasons.add("the restore made no database: " + problem.what());
            else if (StoredBackup.damage(problem)) findings.reasons.add(problem.what());
            else throw problem;
        }
        if (!manifest.selection().complete())
            findings.reasons.add(
                    "the backup holds a selection; only a whole database can be proven");
        return findings.record(run, order, manifest, started, clock.instant(), watch);
    }

    private void prove(
            Order.Drill order,
            Manifest manifest,
            WorkFolder folder,
            Findings findings,
            Stopwatch watch) {
        // Everything that is stored is read, so that a flipped bit anywhere is found.
        var backup = new StoredBackup(store, manifest, progress);
        var facts = backup.facts();
        var globals = backup.globals();
        backup.checkLog();
        var archive = folder.newFile("archive");
        var original = backup.spool(archive);
        findings.reasons.addAll(disagreements(facts, original));
        watch.lap("fetch");

        var set = tools.forSandbox(manifest.shape().major());
        var shape = shape(manifest, original);
        progress.stage("sandbox", "PostgreSQL " + set.version() + ", " + shape, 0);
        try (var sandbox = Sandbox.start(set, shape, folder.path(), SANDBOX_MEMORY)) {
            findings.sandbox = "a temporary instance of PostgreSQL " + set.version() + ", " + shape;
            watch.lap("sandbox");

            var outcome =
                    restore(
                            set,
                            sandbox,
                            manifest,
                            archive,
                            original,
                            globals,
                            order,
                            folder.path());
            outcome.errors().forEach(error -> findings.restoreErrors.add(error.toString()));
            outcome.repaired()
                    .forEach(error -> findings.notes.add("restored at the second try: " + error));
            if (!outcome.finished()) findings.reasons.add("the restore did not come to its end");
            watch.lap("restore");

            compare(set, sandbox, manifest, facts, original, globals, order, folder, findings);
            watch.lap("compare");

            if (!order.checks().isEmpty()) progress.stage("checks", order.checks().size() + "", 0);
            findings.checks.addAll(
                    Checks.ask(sandbox.login(), manifest.database(), order.checks()));
            watch.lap("checks");
        }
    }

    /// What was learned when the backup was made, against what the stored archive says now.
    private static List<String> disagreements(FactsDocument facts, ArchiveFacts archive) {
        var then =
                facts.tables().stream()
                        .collect(Collectors.toMap(TableFacts::dumpId, Function.identity()));
        var disagreements = new ArrayList<String>();
        for (var table : archive.tables())
            if (!table.equals(then.get(table.dumpId())))
                disagreements.add(
                        "the rows of "
                                + table.schema()
                                + "."
                                + table.table()
                                + " are not those that were dumped");
        if (then.size() != archive.tables().size()
                || !facts.largeObjects().equals(archive.largeObjects()))
            disagreements.add("the stored archive does not hold what was dumped");
        return disagreements;
    }

    private static SandboxShape shape(Manifest manifest, ArchiveFacts archive) {
        var shape = manifest.shape();
        return SandboxShape.of(archive.entries())
                .orElseGet(() ->
                        new SandboxShape(
                                shape.encoding(),
                                SandboxShape.Provider.valueOf(
                                        shape.provider().toUpperCase(Locale.ROOT)),
                                shape.collate(),
                                shape.ctype(),
                                shape.locale(),
                                Optional.empty(),
                                SandboxShape.DEFAULT_SUPERUSER))
                .withSuperuser(superuser(shape.superuser()));
    }

    /// initdb refuses names that begin with `pg_`; rdsadmin and the like are as good as any.
    private static String superuser(String source) {
        return source.isEmpty() || source.startsWith("pg_")
                ? SandboxShape.DEFAULT_SUPERUSER
                : source;
    }

    private RestoreOutcome restore(
            ToolSet set,
            Sandbox sandbox,
            Manifest manifest,
            Path archive,
            ArchiveFacts original,
            String globals,
            Order.Drill order,
            Path folder) {
        progress.stage("restore", manifest.database().value(), 0);
        var target =
                manifest.selection().complete()
                        ? target(sandbox, manifest.database())
                        : SandboxSql.created(sandbox.login(), manifest.database());
        var options =
                RestoreOptions.standard(folder)
                        .withJobs(order.jobs())
                        .withAnalyze(true)
                        .withGlobals(Globals.parse(globals), Globals.Permission.all(sandbox));
        return new Restoration(set).restore(archive, original.entries(), target, options);
    }

    private static RestoreTarget target(Sandbox sandbox, DatabaseName database) {
        // Every cluster comes with these; what they hold is restored into them.
        return database.value().equals("postgres") || database.value().equals("template1")
                ? RestoreTarget.existing(sandbox.login(), database)
                : RestoreTarget.create(sandbox.login(), database);
    }

    private void compare(
            ToolSet set,
            Sandbox sandbox,
            Manifest manifest,
            FactsDocument facts,
            ArchiveFacts original,
            String globals,
            Order.Drill order,
            WorkFolder folder,
            Findings findings) {
        var login = sandbox.login();
        ServerFacts now;
        ArchiveFacts again;
        try (var source = SourceDatabase.connect(login, manifest.database())) {
            now = source.facts();
            progress.stage("compare", manifest.database().value(), original.archiveBytes());
            var command =
                    PgDump.dump(
                            set,
                            login,
                            manifest.database(),
                            manifest.selection(),
                            source.snapshot(),
                            DumpLimits.STANDARD);
            again = dumped(command);
        }
        var comparison = Fixpoint.compare(original, again);
        if (comparison.thirdGenerationWanted())
            comparison =
                    Fixpoint.compare(
                            original,
                            again,
                            Optional.of(
                                    new ThirdGeneration(set, sandbox, folder)
                                            .of(manifest.database())));
        comparison = comparison.with(globalsDifferences(set, sandbox, manifest, globals, findings));
        findings.judge(comparison, order, clock.instant());
        findings.unproven.addAll(Blindness.between(facts.server(), now));
        findings.count(comparison.equal());
    }

    /// Drains a dump through the tap; nothing of it is kept.
    static ArchiveFacts dumped(Command command) {
        try (var running = Processes.start(command)) {
            try {
                var facts = ArchiveTap.read(ArchiveInput.of(running.stdout()));
                var status = running.waitFor(EXIT_LIMIT);
                if (status != 0) throw DumpFailure.explain(status, running.stderr());
                return facts;
            } catch (ArchiveException e) {
                var status = running.waitFor(EXIT_LIMIT);
                if (status != 0) throw DumpFailure.explain(status, running.stderr());
                throw Archives.problem("the second dump", e);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Difference> globalsDifferences(
            ToolSet set, Sandbox sandbox, Manifest manifest, String before, Findings findings) {
        // Where the source hid password hashes, ours are not asked for either.
        var withPasswords = before.contains("PASSWORD '");
        var finished =
                Processes.run(
                        PgDump.globals(set, sandbox.login(), manifest.database(), withPasswords),
                        GLOBALS_LIMIT);
        if (!finished.succeeded()) throw DumpFailure.explain(finished.status(), finished.stderr());
        var superuser = sandbox.login().endpoint().user();
        findings.unproven.add(
                "role "
                        + superuser
                        + ": the temporary instance's own superuser; its password and settings were"
                        + " not restored");
        if (!withPasswords)
            findings.unproven.add("passwords of roles: the backup role may not read them");
        return io.pgvigil.archive.fixpoint.Globals.compare(before, finished.stdout(), Set.of())
                .stream()
                .filter(difference -> !about(difference, superuser))
                .toList();
    }

    private static boolean about(Difference difference, String role) {
        var object = difference.object();
        return object.equals("ROLE " + role) || object.startsWith("ROLE " + role + " ");
    }

    /// What a drill has found out so far.
    private static final class Findings {
        private final List<String> reasons = new ArrayList<>();
        private final List<String> differences = new ArrayList<>();
        private final List<String> accepted = new ArrayList<>();
        private final List<String> rewritten = new ArrayList<>();
        private final List<String> unproven = new ArrayList<>();
        private final List<String> restoreErrors = new ArrayList<>();
        private final List<String> notes = new ArrayList<>();
        private final List<Drill.CheckResult> checks = new ArrayList<>();
        private final Map<String, Long> equal = new LinkedHashMap<>();
        private String sandbox = "no temporary instance";

        void judge(Comparison comparison, Order.Drill order, Instant now) {
            var judgement = comparison.judge(acceptances(order), now);
            switch (judgement.outcome()) {
                case Outcome.Proven() -> {}
                case Outcome.ProvenExcept(var known) ->
                        known.forEach(one ->
                                accepted.add(words(one.difference()) + "; " + one.by().reason()));
                case Outcome.NotProven(var open, var known) -> {
                    open.forEach(one -> differences.add(words(one)));
                    known.forEach(one ->
                            accepted.add(words(one.difference()) + "; " + one.by().reason()));
                }
            }
            judgement
                    .expired()
                    .forEach(late ->
                            reasons.add(
                                    "drill.accept of " + late.objectPattern() + " has expired"));
            comparison.rewritten().forEach(one -> rewritten.add(one.object() + ": " + one.what()));
            comparison.unproven().forEach(one -> unproven.add(one.object() + ": " + one.why()));
        }

        private static List<Acceptance> acceptances(Order.Drill order) {
            return order.accept().stream()
                    .map(one ->
                            new Acceptance(
                                    one.object(),
                                    one.reason(),
                                    // The last day counts.
                                    one.expires()
                                            .plusDays(1)
                                            .atStartOfDay()
                                            .toInstant(ZoneOffset.UTC)))
                    .toList();
        }

        private static String words(Difference difference) {
            return difference.object() + ": " + difference.what();
        }

        void count(Comparison.Equal counts) {
            equal.put("entries", (long) counts.entryCount());
            equal.put("tables", (long) counts.tables());
            equal.put("rows", counts.rows());
            equal.put("large objects", (long) counts.largeObjects());
        }

        Drill record(
                Run run,
                Order.Drill order,
                Manifest manifest,
                Instant started,
                Instant finished,
                Stopwatch watch) {
            if (!differences.isEmpty())
                reasons.addFirst(
                        differences.size() == 1
                                ? "1 object differs after the restore"
                                : differences.size() + " objects differ after the restore");
            var failed = checks.stream().filter(check -> !check.passed()).count();
            if (failed > 0) reasons.add(failed + " of " + checks.size() + " checks do not hold");
            var verdict =
                    !reasons.isEmpty()
                            ? DrillVerdict.NOT_PROVEN
                            : accepted.isEmpty() ? DrillVerdict.PROVEN : DrillVerdict.PROVEN_EXCEPT;
            unproven.addAll(notes);
            var seconds = new LinkedHashMap<>(watch.seconds());
            seconds.put("recovery", watch.sum("fetch", "restore"));
            return new Drill(
                    Drill.FORMAT,
                    run.run(),
                    order.backup(),
                    manifest.server(),
                    manifest.database(),
                    verdict,
                    started,
                    finished,
                    reasons,
                    differences,
                    accepted,
                    rewritten,
                    unproven,
                    restoreErrors,
                    checks,
                    equal,
                    seconds,
                    sandbox);
        }
    }
}
