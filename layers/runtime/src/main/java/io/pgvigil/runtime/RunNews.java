package io.pgvigil.runtime;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.ByteSize;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.announce.Announcement;
import io.pgvigil.core.announce.Announcement.Severity;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.copy.CopyRecord;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.managed.ManagedRestore;
import io.pgvigil.core.restore.RestoreRecord;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.run.Locked;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.run.TaskReport;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.Versioned;
import io.pgvigil.core.wal.Harvest;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Runs;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Tells how a run ended: in words to people, as an event to programs, as metrics to alarms.
///
/// Everything is read from the store, so whoever tells it says the same.
public final class RunNews {
    private static final int MOST_REASONS = 12;

    private final ObjectStore store;
    private final Runs runs;
    private final Announcements announcements;
    private final Metrics metrics;

    public RunNews(ObjectStore store, Announcements announcements, Metrics metrics) {
        this.store = store;
        this.runs = new Runs(store);
        this.announcements = announcements;
        this.metrics = metrics;
    }

    /// Tells of a run that has ended, unless that was done. False when somebody else is at it.
    public boolean tell(Run run) {
        return announcements.tell(
                Layout.announced(run.run()),
                run.run().value(),
                () -> {
                    var story = story(run);
                    // Once per announcement, so that a sum over time counts runs.
                    metrics.put(
                            story.announcement().at(),
                            Optional.of(run.order().server()),
                            story.metrics());
                    return story.announcement();
                });
    }

    record Story(Announcement announcement, List<Emf.Metric> metrics) {}

    Story story(Run run) {
        var report = runs.reportOf(run.run());
        return switch (run.order()) {
            case Order.Backup order -> backup(run, order.server(), order.databases(), report);
            case Order.Physical order ->
                    backup(run, order.server(), List.of(DatabaseName.CLUSTER), report);
            case Order.Harvest order -> harvest(run, order, report);
            case Order.Drill order ->
                    drill(
                            run,
                            order.server(),
                            order.database(),
                            order.backup(),
                            Proven.OF_BACKUP,
                            report);
            case Order.Copy order -> copy(run, order, report);
            case Order.Recover order -> recover(run, order, report);
            case Order.PointInTime order -> pointInTime(run, order, report);
            case Order.ManagedDrill order ->
                    drill(
                            run,
                            order.server(),
                            DatabaseName.CLUSTER,
                            RunIds.backup(run.run(), DatabaseName.CLUSTER),
                            Proven.BY_RDS,
                            report);
            case Order.Restore order -> restore(run, order, report);
        };
    }

    // --- backups ---

    private Story backup(
            Run run, ServerName server, List<DatabaseName> databases, Optional<TaskReport> report) {
        var results = report.map(TaskReport::results).orElse(List.of());
        var sealed =
                results.stream()
                        .flatMap(result -> result.manifest().stream())
                        .filter(this::isSealed)
                        .toList();
        var failed = results.stream().filter(result -> result.failure().isPresent()).toList();
        var stored =
                sealed.stream()
                        .flatMap(manifest -> manifest.objects().stream())
                        .mapToLong(object -> object.size())
                        .sum();
        var took = took(sealed);
        var good = run.state() == RunState.SEALED;

        var details = details(run);
        details.put("databases", names(sealed.stream().map(one -> one.database() + "").toList()));
        details.put("backups", names(sealed.stream().map(one -> one.backup() + "").toList()));
        if (!failed.isEmpty())
            details.put("failed", names(failed.stream().map(one -> one.database() + "").toList()));
        details.put("storedBytes", stored + "");
        details.put("seconds", took.toMillis() / 1000.0 + "");

        var measured = new ArrayList<Emf.Metric>();
        measured.add(Emf.Metric.count("BackupsSealed", sealed.size()));
        measured.add(Emf.Metric.count("BackupsFailed", good ? 0 : Math.max(1, failed.size())));
        measured.add(Emf.Metric.count("RunsFailed", good ? 0 : 1));
        if (!sealed.isEmpty()) {
            measured.add(Emf.Metric.bytes("StoredBytes", stored));
            measured.add(Emf.Metric.seconds("BackupSeconds", took.toMillis() / 1000.0));
        }

        var text = new StringBuilder();
        if (good) {
            text.append("Every database of this run has a sealed backup.\n\n");
            lines(sealed, text);
            sealed.stream()
                    .findFirst()
                    .ifPresent(one ->
                            text.append(
                                            "\nNothing needs to be done. To prove a backup: pgvigil verify ")
                                    .append(one.backup())
                                    .append(" --store ")
                                    .append(store.uri())
                                    .append('\n'));
            var noteworthy = sealed.stream().anyMatch(Manifest::noteworthy);
            var what =
                    sealed.size() == 1
                            ? server
                                    + "/"
                                    + sealed.getFirst().database()
                                    + ", "
                                    + ByteSize.of(stored)
                                    + " in "
                                    + words(took)
                            : server + ", " + sealed.size() + " databases";
            return new Story(
                    announcement(
                            run,
                            "backup.sealed",
                            noteworthy ? Severity.WARNING : Severity.INFO,
                            "Backup sealed: " + what,
                            text.toString(),
                            details),
                    measured);
        }
        text.append("The backup run failed");
        text.append(sealed.isEmpty() ? "; it left no backup.\n\n" : " in part.\n\n");
        var shown = new ArrayList<TaskReport.Result>(failed);
        shown.forEach(one ->
                text.append("  FAILED  ")
                        .append(one.database())
                        .append("\n")
                        .append(why(one.failure().orElseThrow(), "    ")));
        var own =
                run.failure()
                        .filter(why ->
                                shown.stream()
                                        .noneMatch(one -> one.failure().equals(Optional.of(why))));
        own.ifPresent(why -> text.append(why(why, "  ")));
        if (!sealed.isEmpty()) {
            text.append("\nSealed in the same run, and good:\n\n");
            lines(sealed, text);
        }
        var about = databases.size() == 1 ? server + "/" + databases.getFirst() : server + "";
        return new Story(
                announcement(
                        run,
                        "run.failed",
                        Severity.CRITICAL,
                        "Backup failed: " + about + " " + code(run),
                        text.toString(),
                        details),
                measured);
    }

    private boolean isSealed(Manifest manifest) {
        return store.stat(
                        Layout.of(
                                manifest.server(),
                                manifest.database(),
                                manifest.backup(),
                                Layout.MANIFEST))
                .isPresent();
    }

    private static Duration took(List<Manifest> sealed) {
        if (sealed.isEmpty()) return Duration.ZERO;
        return Duration.between(
                sealed.stream().map(Manifest::started).min(Comparator.naturalOrder()).orElseThrow(),
                sealed.stream()
                        .map(Manifest::finished)
                        .max(Comparator.naturalOrder())
                        .orElseThrow());
    }

    private static void lines(List<Manifest> sealed, StringBuilder text) {
        for (var one : sealed) {
            var totals = one.totals();
            if (one.physical().isPresent())
                text.append(
                        String.format(
                                Locale.ROOT,
                                "  %s  %s%n    %,d files, %s copied, stored as %s in %s%n",
                                one.database(),
                                one.backup(),
                                one.physical().get().files(),
                                ByteSize.of(totals.archiveBytes()),
                                ByteSize.of(totals.storedBytes()),
                                words(one.duration())));
            else
                text.append(
                        String.format(
                                Locale.ROOT,
                                "  %s  %s%n    %,d tables, %,d rows; %s of archive stored as %s in %s%n",
                                one.database(),
                                one.backup(),
                                totals.tables(),
                                totals.rows(),
                                ByteSize.of(totals.archiveBytes()),
                                ByteSize.of(totals.storedBytes()),
                                words(one.duration())));
            one.notices().forEach(note -> text.append("    note: ").append(note).append('\n'));
            if (!one.warnings().isEmpty())
                text.append("    pg_dump warned ")
                        .append(one.warnings().size())
                        .append(" times; pgvigil show ")
                        .append(one.backup())
                        .append(" prints it\n");
        }
    }

    // --- drills ---

    /// What a drill is about.
    private enum Proven {
        OF_BACKUP("Backup", "backup"),
        BY_RDS("Restore by RDS", "restore by RDS");

        private final String title;
        private final String word;

        Proven(String title, String word) {
            this.title = title;
            this.word = word;
        }
    }

    private Story drill(
            Run run,
            ServerName server,
            DatabaseName database,
            BackupId backup,
            Proven what,
            Optional<TaskReport> report) {
        var record = record(report, Drill.class, Drill.FORMAT);
        var about = server + "/" + database;
        var details = details(run);
        details.put("database", database + "");
        details.put("backup", backup + "");
        if (record.isEmpty()) {
            return new Story(
                    announcement(
                            run,
                            "run.failed",
                            Severity.CRITICAL,
                            "Drill could not be done: " + about + " " + code(run),
                            "The drill of "
                                    + (what == Proven.BY_RDS
                                            ? "RDS's own restore"
                                            : "backup " + backup)
                                    + " came to no verdict, so nothing is known about this "
                                    + what.word
                                    + ".\n\n"
                                    + run.failure().map(why -> why(why, "  ")).orElse(""),
                            details),
                    List.of(
                            Emf.Metric.count("DrillsProven", 0),
                            Emf.Metric.count("DrillsFailed", 1),
                            Emf.Metric.count("RunsFailed", 1)));
        }
        var drill = record.get();
        details.put("verdict", drill.verdict().word());
        drill.recovery().ifPresent(seconds -> details.put("recoverySeconds", seconds + ""));
        var proven = drill.verdict() != DrillVerdict.NOT_PROVEN;
        var measured = new ArrayList<Emf.Metric>();
        measured.add(Emf.Metric.count("DrillsProven", proven ? 1 : 0));
        measured.add(Emf.Metric.count("DrillsFailed", proven ? 0 : 1));
        measured.add(Emf.Metric.count("RunsFailed", run.state() == RunState.FAILED ? 1 : 0));
        if (proven)
            drill.recovery()
                    .ifPresent(seconds ->
                            measured.add(Emf.Metric.seconds("RecoverySeconds", seconds)));
        return new Story(
                announcement(
                        run,
                        "drill." + drill.verdict().word(),
                        switch (drill.verdict()) {
                            case PROVEN -> Severity.INFO;
                            case PROVEN_EXCEPT -> Severity.WARNING;
                            case NOT_PROVEN -> Severity.CRITICAL;
                        },
                        switch (drill.verdict()) {
                            case PROVEN -> what.title + " proven: " + about;
                            case PROVEN_EXCEPT -> what.title + " proven with exceptions: " + about;
                            case NOT_PROVEN -> what.title + " NOT proven: " + about;
                        },
                        words(drill, what),
                        details),
                measured);
    }

    private static String words(Drill drill, Proven what) {
        var text = new StringBuilder();
        if (what == Proven.BY_RDS)
            text.append(drill.server())
                    .append(" was restored by RDS into ")
                    .append(drill.sandbox())
                    .append(
                            drill.verdict() == DrillVerdict.PROVEN
                                    ? "; every row could be read and every check holds.\n"
                                    : "; that could not be proven.\n");
        else
            text.append("Backup ")
                    .append(drill.backup())
                    .append(
                            switch (drill.verdict()) {
                                case PROVEN ->
                                        " was restored and dumps to the same archive; every check holds.\n";
                                case PROVEN_EXCEPT ->
                                        " was restored and dumps to the same archive, but for differences that its"
                                                + " owner accepts.\n";
                                case NOT_PROVEN -> " could not be proven by restoring it.\n";
                            });
        drill.recovery()
                .ifPresent(seconds ->
                        text.append("Recovery took ")
                                .append(words(Duration.ofMillis((long) (seconds * 1000))))
                                .append(".\n"));
        list("Why", drill.reasons(), text);
        list("Differences", drill.differences(), text);
        list("Accepted", drill.accepted(), text);
        list("Errors of the restore", drill.restoreErrors(), text);
        list(
                "Checks that do not hold",
                drill.checks().stream()
                        .filter(check -> !check.passed())
                        .map(check -> check.name() + ": " + check.answer())
                        .toList(),
                text);
        list("What this does not show", drill.unproven(), text);
        text.append('\n')
                .append(
                        drill.verdict() == DrillVerdict.NOT_PROVEN
                                ? "Do not rely on this "
                                        + what.word
                                        + " before the reasons above are understood;"
                                        + " docs/operations/verify.md says what each means. Keep older"
                                        + " proven backups.\n"
                                : "Nothing needs to be done.\n");
        return text.toString();
    }

    private static void list(String title, List<String> lines, StringBuilder text) {
        if (lines.isEmpty()) return;
        text.append('\n').append(title).append(":\n");
        lines.stream()
                .limit(MOST_REASONS)
                .forEach(line -> text.append("  ").append(line).append('\n'));
        if (lines.size() > MOST_REASONS)
            text.append("  and ")
                    .append(lines.size() - MOST_REASONS)
                    .append(" more, in the record of the run\n");
    }

    // --- restores ---

    private Story restore(Run run, Order.Restore order, Optional<TaskReport> report) {
        var record = record(report, RestoreRecord.class, RestoreRecord.FORMAT);
        var about = order.server() + "/" + order.database() + " into " + order.targetDatabase();
        var details = details(run);
        details.put("database", order.database() + "");
        details.put("backup", order.backup() + "");
        details.put("targetDatabase", order.targetDatabase() + "");
        details.put("dryRun", order.dryRun() + "");
        var good = run.state() == RunState.DONE;
        var text = new StringBuilder();
        text.append("Backup ")
                .append(order.backup())
                .append(
                        good
                                ? (order.dryRun() ? " can be restored" : " was restored")
                                : " was NOT restored")
                .append(" into ")
                .append(
                        record.map(RestoreRecord::target)
                                .orElse(order.targetDatabase() + " on " + order.target().host()))
                .append(".\n");
        if (!good) run.failure().ifPresent(why -> text.append('\n').append(why(why, "  ")));
        record.ifPresent(found -> {
            list("What was going to be done", found.plan(), text);
            list("Errors", found.errors(), text);
            list("Warnings", found.warnings(), text);
            found.kept()
                    .ifPresent(name ->
                            text.append("\nThe old database is kept as ")
                                    .append(name)
                                    .append("; drop it when it is not needed any more.\n"));
        });
        return restored(run, order.dryRun(), about, text, details);
    }

    private Story copy(Run run, Order.Copy order, Optional<TaskReport> report) {
        var record = record(report, CopyRecord.class, CopyRecord.FORMAT);
        var details = details(run);
        details.put("database", order.database() + "");
        details.put("backup", order.backup() + "");
        details.put("to", order.to());
        record.ifPresent(is -> details.put("bytes", is.bytes() + ""));
        var good = run.state() == RunState.DONE && record.isPresent();
        var unlocked = record.flatMap(CopyRecord::locked).flatMap(Locked::failure).isPresent();
        var text = new StringBuilder("Backup ").append(order.backup());
        if (good)
            text.append(" lies whole in ")
                    .append(order.to())
                    .append("; every object there was checked")
                    .append(
                            order.later().isPresent()
                                    ? ", and what was learned and harvested since lies there, too"
                                    : "")
                    .append(record.flatMap(CopyRecord::locked).map(how -> "; " + how).orElse(""))
                    .append(
                            unlocked
                                    ? ". Retention tries again.\n"
                                    : ". Nothing needs to be done.\n");
        else {
            text.append(" is not in ").append(order.to()).append(". It is tried again.\n\n");
            run.failure().ifPresent(why -> text.append(why(why, "  ")));
        }
        return new Story(
                announcement(
                        run,
                        good ? "backup.copied" : "run.failed",
                        good ? Severity.INFO : Severity.WARNING,
                        (good ? "Backup copied: " : "Backup not copied: ")
                                + order.server()
                                + "/"
                                + order.database()
                                + (good ? "" : " " + code(run)),
                        text.toString(),
                        details),
                List.of(Emf.Metric.count("RunsFailed", good ? 0 : 1)));
    }

    private Story recover(Run run, Order.Recover order, Optional<TaskReport> report) {
        var record = record(report, RestoreRecord.class, RestoreRecord.FORMAT);
        var details = details(run);
        details.put("backup", order.backup() + "");
        details.put("folder", order.folder());
        details.put("dryRun", order.dryRun() + "");
        var good = run.state() == RunState.DONE;
        var text = new StringBuilder();
        text.append("A data folder ")
                .append(good ? (order.dryRun() ? "can be made" : "was made") : "was NOT made")
                .append(" of backup ")
                .append(order.backup())
                .append(" in ")
                .append(order.folder())
                .append(".\n");
        if (!good) run.failure().ifPresent(why -> text.append('\n').append(why(why, "  ")));
        record.ifPresent(found -> {
            list("What was going to be done", found.plan(), text);
            list("Warnings", found.warnings(), text);
        });
        return restored(
                run, order.dryRun(), order.server() + " into " + order.folder(), text, details);
    }

    private Story pointInTime(Run run, Order.PointInTime order, Optional<TaskReport> report) {
        var record = record(report, ManagedRestore.class, ManagedRestore.FORMAT);
        var details = details(run);
        details.put("source", order.source());
        details.put("id", order.id());
        details.put("dryRun", order.dryRun() + "");
        record.flatMap(ManagedRestore::made).ifPresent(made -> details.put("host", made.host()));
        var good = run.state() == RunState.DONE;
        var text =
                new StringBuilder("RDS ")
                        .append(
                                good
                                        ? order.dryRun() ? "can restore " : "has restored "
                                        : "has NOT restored ")
                        .append(order.server())
                        .append(" into the new server ")
                        .append(order.id())
                        .append(".\n");
        if (!good) run.failure().ifPresent(why -> text.append('\n').append(why(why, "  ")));
        record.ifPresent(found -> {
            list("What was going to be done", found.plan(), text);
            found.made()
                    .ifPresent(made ->
                            text.append("\nIt listens at ")
                                    .append(made.host())
                                    .append(':')
                                    .append(made.port())
                                    .append(
                                            ", with the users and passwords of the source. Nobody"
                                                    + " backs it up or deletes it.\n"));
        });
        return restored(
                run, order.dryRun(), order.server() + " into rds:" + order.id(), text, details);
    }

    private static Story restored(
            Run run,
            boolean dryRun,
            String about,
            StringBuilder text,
            Map<String, String> details) {
        var good = run.state() == RunState.DONE;
        return new Story(
                announcement(
                        run,
                        good ? "restore.done" : "restore.failed",
                        good ? Severity.INFO : Severity.CRITICAL,
                        (good ? dryRun ? "Restore planned: " : "Restored: " : "Restore failed: ")
                                + about
                                + (good ? "" : " " + code(run)),
                        text.toString(),
                        details),
                List.of(Emf.Metric.count("RunsFailed", good ? 0 : 1)));
    }

    // --- harvests ---

    private Story harvest(Run run, Order.Harvest order, Optional<TaskReport> report) {
        var record = record(report, Harvest.class, Harvest.FORMAT);
        var details = details(run);
        var good = run.state() == RunState.DONE;
        var text = new StringBuilder();
        record.ifPresent(found -> {
            details.put("end", found.end() + "");
            details.put("segments", found.segments() + "");
            text.append("The WAL of ")
                    .append(order.server())
                    .append(" is stored up to ")
                    .append(found.end())
                    .append(", as of ")
                    .append(found.at())
                    .append(".\n");
            list("Notes", found.notices(), text);
        });
        if (good && record.isEmpty())
            text.append("Another harvest of ")
                    .append(order.server())
                    .append(" was at work: it stores what there is, and nothing was done here.\n");
        if (!good) {
            text.append("The harvest of WAL failed; the server keeps it for slot ")
                    .append(order.slot())
                    .append(", within its max_slot_wal_keep_size.\n\n");
            run.failure().ifPresent(why -> text.append(why(why, "  ")));
        }
        var noteworthy = record.map(found -> !found.notices().isEmpty()).orElse(false);
        var measured = new ArrayList<Emf.Metric>();
        measured.add(Emf.Metric.count("RunsFailed", good ? 0 : 1));
        measured.add(Emf.Metric.count("HarvestsFailed", good ? 0 : 1));
        record.ifPresent(found -> measured.addAll(WalMetrics.of(found)));
        return new Story(
                announcement(
                        run,
                        good ? "wal.harvested" : "run.failed",
                        good ? noteworthy ? Severity.WARNING : Severity.INFO : Severity.CRITICAL,
                        (good
                                        ? noteworthy
                                                ? "WAL harvested, with notes: "
                                                : "WAL harvested: "
                                        : "WAL harvest failed: ")
                                + order.server()
                                + (good ? "" : " " + code(run)),
                        text.toString(),
                        details),
                measured);
    }

    // --- what they share ---

    private <T extends Versioned> Optional<T> record(
            Optional<TaskReport> report, Class<T> type, int format) {
        Optional<ObjectKey> key =
                report.flatMap(words ->
                        words.results().stream()
                                .flatMap(result -> result.record().stream())
                                .findFirst());
        return key.flatMap(store::document).map(document -> Json.read(document, type, format));
    }

    private static Announcement announcement(
            Run run,
            String event,
            Severity severity,
            String headline,
            String text,
            Map<String, String> details) {
        return new Announcement(
                event,
                severity,
                run.run().value(),
                headline(headline),
                text + "\nRun " + run.run() + ", server " + run.order().server() + ".\n",
                details,
                run.ended().orElse(Instant.EPOCH));
    }

    private static LinkedHashMap<String, String> details(Run run) {
        var details = new LinkedHashMap<String, String>();
        details.put("run", run.run().value());
        details.put("server", run.order().server().value());
        details.put("order", run.order().verb());
        details.put("state", run.state().name());
        details.put("asked", run.asked().toString());
        run.ended().ifPresent(at -> details.put("ended", at.toString()));
        run.failure()
                .ifPresent(why -> {
                    details.put("code", why.code());
                    details.put("what", why.what());
                    details.put("hint", why.hint());
                });
        return details;
    }

    private static String why(Failure why, String indent) {
        return indent
                + why.code()
                + ": "
                + why.what()
                + "\n"
                + indent
                + "What to do: "
                + why.hint()
                + "\n";
    }

    private static String code(Run run) {
        return run.failure().map(why -> "(" + why.code() + ")").orElse("");
    }

    private static String names(List<String> names) {
        return names.stream().collect(Collectors.joining(","));
    }

    /// A mail's subject: ASCII, one line, not too long.
    static String headline(String text) {
        var plain =
                text.codePoints()
                        .map(letter -> letter >= ' ' && letter < 127 ? letter : '?')
                        .collect(
                                StringBuilder::new,
                                StringBuilder::appendCodePoint,
                                StringBuilder::append)
                        .toString()
                        .strip();
        return plain.length() <= Announcement.LONGEST_HEADLINE
                ? plain
                : plain.substring(0, Announcement.LONGEST_HEADLINE - 3) + "...";
    }

    private static String words(Duration duration) {
        if (duration.compareTo(Duration.ofMinutes(1)) < 0)
            return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
        if (duration.compareTo(Duration.ofHours(1)) < 0)
            return duration.toMinutes() + " min " + duration.toSecondsPart() + " s";
        return duration.toHours() + " h " + duration.toMinutesPart() + " min";
    }
}
