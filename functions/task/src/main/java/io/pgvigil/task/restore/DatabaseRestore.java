package io.pgvigil.task.restore;

import io.pgvigil.archive.TocEntry;
import io.pgvigil.archive.facts.Splice;
import io.pgvigil.core.ByteSize;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.LoginSource;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.restore.RestoreRecord;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.postgres.ServerVersion;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.Tools;
import io.pgvigil.postgres.restore.Globals;
import io.pgvigil.postgres.restore.Presence;
import io.pgvigil.postgres.restore.Replacement;
import io.pgvigil.postgres.restore.Restoration;
import io.pgvigil.postgres.restore.RestoreOptions;
import io.pgvigil.postgres.restore.RestoreOutcome;
import io.pgvigil.postgres.restore.RestorePlan;
import io.pgvigil.postgres.restore.RestoreTarget;
import io.pgvigil.postgres.restore.RowCounts;
import io.pgvigil.postgres.restore.Selection;
import io.pgvigil.postgres.restore.TargetFacts;
import io.pgvigil.task.Progress;
import io.pgvigil.task.Stopwatch;
import io.pgvigil.task.StoredBackup;
import io.pgvigil.task.WorkFolder;
import io.pgvigil.wire.FactsDocument;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Brings one backup, or part of it, into a database: look, plan, say so, and only then act.
public final class DatabaseRestore {
    private static final int DIFFERENCES_NAMED = 5;

    /// Definitions without rows; a table or view that is needed has to be asked for.
    private static final Set<String> COME_ALONG =
            Set.of("TYPE", "DOMAIN", "FUNCTION", "PROCEDURE", "EXTENSION", "SEQUENCE");

    private final ObjectReader store;
    private final Tools tools;
    private final Progress progress;
    private final InstantSource clock;
    private final Path work;

    public DatabaseRestore(
            ObjectReader store, Tools tools, Progress progress, InstantSource clock, Path work) {
        this.store = store;
        this.tools = tools;
        this.progress = progress;
        this.clock = clock;
        this.work = work;
    }

    public RestoreRecord run(Run run, Order.Restore order, Manifest manifest, LoginSource logins) {
        var story = new Story(run, order, manifest, clock.instant());

        // What is there, and what would be done. Nothing is changed up to here.
        progress.stage("plan", order.targetDatabase().value(), 0);
        var backup = new StoredBackup(store, manifest, progress);
        var facts = backup.facts();
        var names =
                Replacement.Names.of(
                        order.targetDatabase(),
                        run.run().value().replaceAll(".*-", ""),
                        story.started);
        var target = target(order, logins, names);
        var selection = selection(order, facts, target, story);
        var options = options(order, backup, selection);
        var plan = plan(order, manifest, facts, target, options, names, story);
        if (!plan.allowed()) return story.refused(plan.refusals().getFirst());
        if (!story.missing.isEmpty()) return story.refused(story.needs());
        if (order.dryRun()) return story.ended(Optional.empty());
        story.plan.forEach(progress::note);
        story.watch.lap("plan");

        // The archive, or as much of it as is wanted, and then the target.
        try (var folder =
                WorkFolder.create(work, space(manifest, facts, selection), "the restore")) {
            var archive = folder.newFile("archive");
            List<TocEntry> toc;
            if (selection.isEmpty()) {
                toc = backup.spool(archive).entries();
            } else {
                toc = facts.entries();
                backup.spool(archive, facts, withData(selection.get(), facts));
            }
            story.watch.lap("fetch");
            progress.stage("restore", order.targetDatabase().value(), 0);
            var set = tools(manifest);
            var into = options.withWorkFolder(folder.path());
            var outcome =
                    order.replace()
                            ? replaced(set, archive, toc, into, logins, names, facts, story)
                            : new Restoration(set).restore(archive, toc, target, into);
            story.watch.lap("restore");
            return story.ended(Optional.of(outcome));
        }
    }

    private RestoreOutcome replaced(
            ToolSet set,
            Path archive,
            List<TocEntry> toc,
            RestoreOptions options,
            LoginSource logins,
            Replacement.Names names,
            FactsDocument facts,
            Story story) {
        var outcome =
                new Replacement(logins, new DatabaseName("postgres"))
                        .replace(
                                names,
                                fresh -> new Restoration(set).restore(archive, toc, fresh, options),
                                (where, fresh) -> requireRows(where, fresh, facts));
        story.kept = Optional.of(names.before().value());
        return outcome;
    }

    private static void requireRows(Login login, DatabaseName fresh, FactsDocument facts) {
        var differing = RowCounts.differing(login, fresh, facts.tables());
        if (!differing.isEmpty())
            throw new Problem(
                    ErrorCode.REPLACE_FAILED,
                    "the restored database does not hold what was archived: "
                            + differing.stream()
                                    .limit(DIFFERENCES_NAMED)
                                    .collect(Collectors.joining("; ")),
                    "The database in use was not touched. Prove the backup with pgvigil verify.");
    }

    /// What was asked for, and the types and functions it cannot do without where the target lacks
    /// them. A foreign key to a table that was not asked for is left out and named: it could only be
    /// made where that table happens to be, with the rows it needs.
    private static Optional<Selection> selection(
            Order.Restore order, FactsDocument facts, RestoreTarget target, Story story) {
        if (order.schemas().isEmpty() && order.tables().isEmpty()) return Optional.empty();
        var asked = Selection.resolve(facts.entries(), order.schemas(), order.tables());
        var kept = asked.withoutForeignKeysOutside();
        asked.needed().stream()
                .filter(need -> !kept.needed().contains(need))
                .map(need -> need.by().title())
                .distinct()
                .forEach(key ->
                        story.warnings.add(
                                "left out: " + key + " leads to a table that was not asked for"));
        var missing =
                Presence.missing(
                        target, kept.needed().stream().map(Selection.Need::entry).toList());
        var coming = missing.stream().filter(entry -> COME_ALONG.contains(entry.desc())).toList();
        missing.stream()
                .filter(entry -> !coming.contains(entry))
                .forEach(entry -> story.missing.add(entry.title()));
        coming.forEach(
                entry -> story.warnings.add("comes along, because it is needed: " + entry.title()));
        return Optional.of(kept.including(facts.entries(), coming));
    }

    private RestoreOptions options(
            Order.Restore order, StoredBackup backup, Optional<Selection> selection) {
        var options = RestoreOptions.standard(work).withJobs(order.jobs()).withClean(order.clean());
        // A part does not bring the roles of a whole server along; missing ones are named.
        if (selection.isPresent()) return options.withSelection(selection.get());
        return options.withGlobals(
                Globals.parse(backup.globals()), Globals.Permission.roles(Map.of()));
    }

    private static RestoreTarget target(
            Order.Restore order, LoginSource logins, Replacement.Names names) {
        if (order.replace()) return RestoreTarget.create(logins, names.fresh());
        return order.create()
                ? RestoreTarget.create(logins, order.targetDatabase())
                : RestoreTarget.existing(logins, order.targetDatabase());
    }

    private static RestorePlan plan(
            Order.Restore order,
            Manifest manifest,
            FactsDocument facts,
            RestoreTarget target,
            RestoreOptions options,
            Replacement.Names names,
            Story story) {
        var plan =
                RestorePlan.decide(
                        TargetFacts.look(target),
                        target,
                        facts.entries(),
                        ServerVersion.parse(manifest.serverVersion()),
                        ByteSize.of(manifest.totals().databaseBytes()),
                        options);
        story.plan.addAll(plan.steps());
        if (order.replace())
            story.plan.add(
                    "check it, rename %s to %s and %s to %s"
                            .formatted(names.live(), names.before(), names.fresh(), names.live()));
        plan.foreseen().forEach(error -> story.warnings.add(error.toString()));
        return plan;
    }

    private static ByteSize space(
            Manifest manifest, FactsDocument facts, Optional<Selection> selection) {
        return ByteSize.of(
                selection
                        .map(part -> Splice.of(facts.archive(), withData(part, facts)).bytes())
                        .orElse(manifest.totals().archiveBytes()));
    }

    private static Set<Integer> withData(Selection selection, FactsDocument facts) {
        var stored =
                facts.blocks().stream().map(block -> block.dumpId()).collect(Collectors.toSet());
        return selection.entries().stream()
                .map(TocEntry::dumpId)
                .filter(stored::contains)
                .collect(Collectors.toSet());
    }

    /// The programs of the archive's own major: an older pg_restore cannot read it, a newer one may
    /// say things that an older server does not understand.
    private ToolSet tools(Manifest manifest) {
        return tools.forDump(ServerVersion.parse(manifest.tool().version()));
    }

    /// What a restore has to tell, as far as it has come.
    private final class Story {
        private final Run run;
        private final Order.Restore order;
        private final Manifest manifest;
        private final Instant started;
        private final Stopwatch watch = new Stopwatch();
        private final List<String> plan = new ArrayList<>();
        private final List<String> warnings = new ArrayList<>();
        private final List<String> missing = new ArrayList<>();
        private Optional<String> kept = Optional.empty();

        Story(Run run, Order.Restore order, Manifest manifest, Instant started) {
            this.run = run;
            this.order = order;
            this.manifest = manifest;
            this.started = started;
        }

        Problem needs() {
            return new Problem(
                    ErrorCode.TARGET_MISSING,
                    "what was asked for needs what the target does not have: "
                            + String.join(", ", missing),
                    "Ask for these as well, or restore into a database that has them.");
        }

        RestoreRecord refused(Problem why) {
            return record(List.of(), Optional.of(Failure.of(why)));
        }

        RestoreRecord ended(Optional<RestoreOutcome> outcome) {
            outcome.ifPresent(done -> {
                warnings.addAll(done.warnings());
                done.repaired()
                        .forEach(error -> warnings.add("restored at the second try: " + error));
            });
            return record(
                    outcome.map(Story::errors).orElse(List.of()), outcome.flatMap(this::failure));
        }

        /// Each root with the number of what failed because of it.
        private static List<String> errors(RestoreOutcome outcome) {
            return outcome.roots().stream()
                    .map(root -> {
                        var following = outcome.following(root).size();
                        return root
                                + (following == 0 ? "" : " (and " + following + " that need it)");
                    })
                    .toList();
        }

        private Optional<Failure> failure(RestoreOutcome outcome) {
            try {
                outcome.requireComplete();
                return Optional.empty();
            } catch (Problem problem) {
                return Optional.of(Failure.of(problem));
            }
        }

        private RestoreRecord record(List<String> errors, Optional<Failure> failure) {
            return new RestoreRecord(
                    RestoreRecord.FORMAT,
                    run.run(),
                    order.backup(),
                    manifest.server(),
                    manifest.database(),
                    order.target() + "/" + order.targetDatabase(),
                    order.dryRun(),
                    started,
                    clock.instant(),
                    plan,
                    warnings,
                    errors,
                    kept,
                    watch.seconds(),
                    failure);
        }
    }
}
