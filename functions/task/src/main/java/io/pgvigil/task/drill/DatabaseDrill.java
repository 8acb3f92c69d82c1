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
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.connect.Login;
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
import io.pgvigil.postgres.Tools;
import io.pgvigil.postgres.restore.Globals;
import io.pgvigil.postgres.restore.Restoration;
import io.pgvigil.postgres.restore.RestoreOptions;
import io.pgvigil.postgres.restore.RestoreOutcome;
import io.pgvigil.postgres.restore.RestoreTarget;
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
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Proves one backup: a database restored from it must dump to the same archive.
public final class DatabaseDrill {
    private static final Duration EXIT_LIMIT = Duration.ofMinutes(1);
    private static final Duration GLOBALS_LIMIT = Duration.ofMinutes(10);

    /// What initdb makes, and WAL before the first checkpoint takes it away.
    public static final long SANDBOX_BASE = 1L << 30;

    /// Lists of entries, and definitions for a third generation.
    private static final long BESIDE_ARCHIVE = 64L << 20;

    private final ObjectReader store;
    private final Tools tools;
    private final Progress progress;
    private final InstantSource clock;
    private final Path work;
    private final Supplier<RdsHost> rds;

    /// For drills in the sandbox only.
    public DatabaseDrill(
            ObjectReader store, Tools tools, Progress progress, InstantSource clock, Path work) {
        this(
                store,
                tools,
                progress,
                clock,
                work,
                () -> {
                    throw new Problem(
                            ErrorCode.NOT_SUPPORTED_HERE,
                            "no instance in RDS can be made here",
                            "Prove this backup in the sandbox.");
                });
    }

    /// @param rds asked only when a drill wants an instance in RDS
    public DatabaseDrill(
            ObjectReader store,
            Tools tools,
            Progress progress,
            InstantSource clock,
            Path work,
            Supplier<RdsHost> rds) {
        this.rds = rds;
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
            // The archive is spooled once, and a sandbox holds the database once.
            var totals = manifest.totals();
            var needed =
                    totals.archiveBytes()
                            + (order.rds().isPresent()
                                    ? BESIDE_ARCHIVE
                                    : totals.databaseBytes() * 5 / 4 + SANDBOX_BASE);
            try (var folder =
                    WorkFolder.create(
                            work, ByteSize.of(needed), "the drill of " + manifest.backup())) {
                prove(run, order, manifest, folder, findings, watch);
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
            Run run,
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

        try (var instance = instance(run, order, manifest, original, globals, folder)) {
            findings.sandbox = instance.description();
            watch.lap("sandbox");
            try {
                prove(
                        instance, order, manifest, archive, original, facts, globals, folder,
                        findings, watch);
            } catch (Problem problem) {
                instance.requireUsable(problem);
                throw problem;
            }
        }
    }

    private TemporaryInstance instance(
            Run run,
            Order.Drill order,
            Manifest manifest,
            ArchiveFacts original,
            String globals,
            WorkFolder folder) {
        if (order.rds().isPresent())
            return rds.get().start(run, order.rds().get(), manifest, globals);
        var set = tools.forSandbox(manifest.shape().major());
        var shape = shape(manifest, original);
        progress.stage("sandbox", "PostgreSQL " + set.version() + ", " + shape, 0);
        return SandboxInstance.start(set, shape, folder.path());
    }

    private void prove(
            TemporaryInstance instance,
            Order.Drill order,
            Manifest manifest,
            Path archive,
            ArchiveFacts original,
            FactsDocument facts,
            String globals,
            WorkFolder folder,
            Findings findings,
            Stopwatch watch) {
        var outcome = restore(instance, manifest, archive, original, globals, order, folder.path());
        outcome.errors().forEach(error -> findings.restoreErrors.add(error.toString()));
        findings.restoreErrors.addAll(outcome.globals().refused());
        outcome.repaired()
                .forEach(error -> findings.notes.add("restored at the second try: " + error));
        if (!outcome.finished()) {
            instance.requireUsable(
                    new Problem(
                            ErrorCode.RESTORE_INCOMPLETE,
                            "the restore did not come to its end",
                            "Look at the restore errors."));
            findings.reasons.add("the restore did not come to its end");
        }
        watch.lap("restore");

        compare(instance, manifest, facts, original, globals, order, outcome, folder, findings);
        watch.lap("compare");

        if (!order.checks().isEmpty()) progress.stage("checks", order.checks().size() + "", 0);
        findings.checks.addAll(Checks.ask(instance.login(), manifest.database(), order.checks()));
        if (findings.checks.stream().anyMatch(check -> !check.passed()))
            instance.requireUsable(
                    new Problem(
                            ErrorCode.CHECK_FAILED,
                            "a check does not hold in the restored database",
                            "The verdict shows the answer that came."));
        watch.lap("checks");
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

    /// What an instance must be like to hold a dump as it was.
    public static SandboxShape shape(Manifest manifest, ArchiveFacts archive) {
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
            TemporaryInstance instance,
            Manifest manifest,
            Path archive,
            ArchiveFacts original,
            String globals,
            Order.Drill order,
            Path folder) {
        progress.stage("restore", manifest.database().value(), 0);
        var target = target(instance.login(), manifest);
        var options =
                RestoreOptions.standard(folder)
                        .withJobs(order.jobs())
                        .withAnalyze(true)
                        .withGlobals(Globals.parse(globals), instance.permission());
        return new Restoration(instance.tools())
                .restore(archive, original.entries(), target, options);
    }

    /// Where a backup is restored to, in an instance that is new.
    public static RestoreTarget target(Login login, Manifest manifest) {
        var database = manifest.database();
        if (!manifest.selection().complete()) return SandboxSql.created(login, database);
        // Every cluster comes with these; what they hold is restored into them.
        return database.value().equals("postgres") || database.value().equals("template1")
                ? RestoreTarget.existing(login, database)
                : RestoreTarget.create(login, database);
    }

    private void compare(
            TemporaryInstance instance,
            Manifest manifest,
            FactsDocument facts,
            ArchiveFacts original,
            String globals,
            Order.Drill order,
            RestoreOutcome outcome,
            WorkFolder folder,
            Findings findings) {
        var login = instance.login();
        ServerFacts now;
        ArchiveFacts again;
        try (var source = SourceDatabase.connect(login, manifest.database())) {
            now = source.facts();
            progress.stage("compare", manifest.database().value(), original.archiveBytes());
            var command =
                    PgDump.dump(
                            instance.tools(),
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
                                    new ThirdGeneration(instance, folder).of(manifest.database())));
        comparison = comparison.with(globalsDifferences(instance, manifest, globals, findings));
        var limits =
                instance.superuser()
                        ? Optional.<WithoutSuperuser>empty()
                        : Optional.of(new WithoutSuperuser(outcome));
        findings.judge(comparison, order, clock.instant(), limits);
        findings.unproven.addAll(Blindness.between(facts.server(), now));
        findings.count(comparison.equal());
    }

    /// Drains a dump through the tap; nothing of it is kept.
    public static ArchiveFacts dumped(Command command) {
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
            TemporaryInstance instance, Manifest manifest, String before, Findings findings) {
        var inBackup = before.contains("PASSWORD '");
        // Where the source hid password hashes, ours are not asked for either; a managed service
        // never
        // shows them.
        var withPasswords = inBackup && instance.superuser();
        var finished =
                Processes.run(
                        PgDump.globals(
                                instance.tools(),
                                instance.login(),
                                manifest.database(),
                                withPasswords),
                        GLOBALS_LIMIT);
        if (!finished.succeeded()) throw DumpFailure.explain(finished.status(), finished.stderr());
        findings.unproven.add(ownRoles(instance));
        if (!inBackup)
            findings.unproven.add("passwords of roles: the backup role may not read them");
        var differences =
                withPasswords || !inBackup
                        ? io.pgvigil.archive.fixpoint.Globals.compare(
                                before, finished.stdout(), Set.of())
                        : io.pgvigil.archive.fixpoint.Globals.compareWithoutPasswords(
                                before, finished.stdout(), Set.of());
        return differences.stream()
                .filter(difference ->
                        instance.ownRoles().stream()
                                .noneMatch(role ->
                                        about(difference, role)
                                                || !instance.superuser()
                                                        && joined(difference, role)))
                .toList();
    }

    private static String ownRoles(TemporaryInstance instance) {
        var user = instance.login().endpoint().user();
        if (instance.superuser())
            return "role "
                    + user
                    + ": the temporary instance's own superuser; its password and settings were not"
                    + " restored";
        return "roles "
                + instance.ownRoles().stream().sorted().collect(Collectors.joining(", "))
                + ": the temporary instance's own; their attributes, passwords and settings were not"
                + " restored, nor memberships that it gave them taken away";
    }

    private static boolean about(Difference difference, String role) {
        var object = difference.object();
        return object.equals("ROLE " + role) || object.startsWith("ROLE " + role + " ");
    }

    /// That one of its own roles belongs to more than it did comes from the instance; a membership that
    /// is missing is the backup's.
    private static boolean joined(Difference difference, String role) {
        return !(difference instanceof Difference.EntryMissing)
                && difference.object().startsWith("MEMBERSHIP OF " + role + " IN ");
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

        void judge(
                Comparison comparison,
                Order.Drill order,
                Instant now,
                Optional<WithoutSuperuser> limits) {
            var judgement = comparison.judge(acceptances(order), now);
            switch (judgement.outcome()) {
                case Outcome.Proven() -> {}
                case Outcome.ProvenExcept(var known) ->
                        known.forEach(one ->
                                accepted.add(words(one.difference()) + "; " + one.by().reason()));
                case Outcome.NotProven(var open, var known) -> {
                    var explained = 0;
                    for (var one : open) {
                        var why = limits.flatMap(those -> those.why(one));
                        if (why.isPresent()) explained++;
                        differences.add(
                                words(one)
                                        + why.map(text -> " (not proven on rds: " + text + ")")
                                                .orElse(""));
                    }
                    if (explained > 0)
                        reasons.add(
                                explained
                                        + " of them may be limits of RDS, where nobody is a superuser:"
                                        + " prove this backup in the sandbox, or accept them by name");
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
            if (seconds.containsKey("restore"))
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
