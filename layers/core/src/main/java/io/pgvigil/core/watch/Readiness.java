package io.pgvigil.core.watch;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.Databases;
import io.pgvigil.core.config.KindChoice;
import io.pgvigil.core.config.Lock;
import io.pgvigil.core.config.Profile;
import io.pgvigil.core.config.ServerConfig;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.schedule.Schedule;
import io.pgvigil.core.schedule.Spans;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a database needs before it counts as ready for production, judged from what is there and not from
/// what somebody declared.
public record Readiness(ServerName server, DatabaseName database, List<Line> lines) {
    /// Runbooks are written by seal a moment after the drill.
    private static final Duration RUNBOOK_DELAY = Duration.ofHours(1);

    /// Retention runs every day.
    private static final Duration RETENTION_SILENCE = Duration.ofHours(50);

    /// A look comes every 15 minutes.
    /// After this long nobody knows any more whether the right people are told.
    private static final Duration TEST_AGES = Duration.ofDays(92);

    private static final String NOT_ASKED_RDS = "RDS makes its own; watch of the stack asks it";

    private static final Duration WATCH_SILENCE = Duration.ofHours(1);

    public Readiness {
        lines = List.copyOf(lines);
    }

    public enum Item {
        AUTOMATED_BACKUPS("automated backups"),
        RESTORE_TESTED("restore tested"),
        PROCEDURE_DOCUMENTED("procedure documented"),
        MONITORING("monitoring"),
        RETENTION("retention"),
        WAL_ARCHIVING("WAL archiving"),
        OFF_SITE_COPY("off-site copy");

        private final String words;

        Item(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }

        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public enum Mark {
        READY,
        NOT_READY,
        /// The profile promises nothing of the kind.
        NOT_ASKED,
        /// Cannot be judged by this version.
        UNKNOWN
    }

    /// @param evidence what was found
    /// @param hint what to do, when it is not ready
    public record Line(Item item, Mark mark, String evidence, Optional<String> hint) {}

    public boolean ready() {
        return lines.stream().noneMatch(line -> line.mark() == Mark.NOT_READY);
    }

    /// What watch does not need to know.
    ///
    /// @param looked when watch looked last, empty when it never did
    /// @param retained when retention last decided something
    /// @param tested when the channels last took a test message
    /// @param runbooks when each database's page was written
    public record Evidence(
            Optional<Instant> looked,
            Optional<Instant> retained,
            Optional<Instant> tested,
            Map<DatabasePlace, Instant> runbooks) {
        public Evidence {
            runbooks = Map.copyOf(runbooks);
        }
    }

    public record DatabasePlace(ServerName server, DatabaseName database) {}

    /// Of every database that is configured, or that there are backups of.
    public static List<Readiness> of(
            WatchFacts facts, List<Finding> findings, Evidence evidence, Instant now) {
        var found = new ArrayList<Readiness>();
        facts.configuration()
                .ifPresent(known ->
                        known.servers()
                                .forEach((name, server) ->
                                        places(facts, name, server)
                                                .map(database ->
                                                        new Judge(
                                                                        facts, findings, evidence,
                                                                        now, name, database, server)
                                                                .judge())
                                                .forEach(found::add)));
        return List.copyOf(found);
    }

    private static Stream<DatabaseName> places(
            WatchFacts facts, ServerName name, ServerConfig server) {
        var known =
                facts.history().of(name).stream()
                        .map(DatabaseHistory::database)
                        .filter(database -> !database.equals(DatabaseName.CLUSTER));
        var asked =
                server.databases() instanceof Databases.Listed(var names)
                        ? names.stream()
                        : known.filter(server.databases()::includes);
        var whole =
                facts.history().of(name, DatabaseName.CLUSTER).isPresent()
                                || facts.managed(name, DatabaseName.CLUSTER)
                                || server.policy().kind() == KindChoice.PHYSICAL
                        ? Stream.of(DatabaseName.CLUSTER)
                        : Stream.<DatabaseName>empty();
        return Stream.concat(asked, whole);
    }

    /// One database.
    private record Judge(
            WatchFacts facts,
            List<Finding> findings,
            Evidence evidence,
            Instant now,
            ServerName server,
            DatabaseName database,
            ServerConfig config) {

        Readiness judge() {
            return new Readiness(
                    server,
                    database,
                    managed()
                            ? List.of(
                                    backupsByService(),
                                    tested(),
                                    documentedByService(),
                                    monitored(),
                                    unseen(
                                            Item.RETENTION,
                                            "RDS keeps its backups as long as it is told to"),
                                    wal(),
                                    unseen(
                                            Item.OFF_SITE_COPY,
                                            "RDS keeps its backups where it likes; logical ones can"
                                                    + " be copied"))
                            : List.of(
                                    backups(),
                                    tested(),
                                    documented(),
                                    monitored(),
                                    retained(),
                                    wal(),
                                    copied()));
        }

        private boolean managed() {
            return facts.managed(server, database);
        }

        private Line backupsByService() {
            return facts.byService(server)
                    .map(at ->
                            yes(
                                    Item.AUTOMATED_BACKUPS,
                                    "RDS makes them, and can restore it up to " + text(at)))
                    .orElseGet(() -> unseen(Item.AUTOMATED_BACKUPS, NOT_ASKED_RDS));
        }

        private Line documentedByService() {
            return yes(
                    Item.PROCEDURE_DOCUMENTED,
                    "pgvigil restore --server %s --at TIME --to rds:NEW-ID".formatted(server));
        }

        private Profile policy() {
            return config.policy();
        }

        private Optional<DatabaseHistory> history() {
            return facts.history().of(server, database);
        }

        private boolean whole() {
            return database.equals(DatabaseName.CLUSTER);
        }

        private Optional<Finding> finding(FindingKind kind) {
            return findings.stream()
                    .filter(one -> one.kind() == kind)
                    .filter(one -> one.server().filter(server::equals).isPresent())
                    .filter(one -> one.database().map(database::equals).orElse(true))
                    .findFirst();
        }

        private Line backups() {
            var schedule = whole() ? policy().physical() : policy().logical();
            if (schedule.isEmpty())
                return no(
                        Item.AUTOMATED_BACKUPS,
                        "nothing is scheduled",
                        "Give the profile a schedule: "
                                + (whole() ? "physical: weekly." : "logical: daily 02:30 UTC."));
            var newest =
                    history()
                            .flatMap(one ->
                                    one.newest(whole() ? BackupKind.PHYSICAL : BackupKind.LOGICAL));
            if (newest.isEmpty())
                return no(
                        Item.AUTOMATED_BACKUPS,
                        schedule.get().words() + ", and there is no backup yet",
                        "pgvigil backup --server " + server + " makes one now.");
            var words =
                    schedule.map(Schedule::words).orElse("")
                            + "; the newest is of "
                            + text(newest.get().finished());
            return finding(FindingKind.BACKUP_LATE)
                    .map(late -> no(Item.AUTOMATED_BACKUPS, late.what(), late.hint()))
                    .orElseGet(() -> yes(Item.AUTOMATED_BACKUPS, words));
        }

        private Line tested() {
            var proof = history().flatMap(DatabaseHistory::newestProof);
            var bad =
                    finding(FindingKind.DRILL_FAILED)
                            .or(() -> finding(FindingKind.PROOF_LATE))
                            .or(() -> finding(FindingKind.RECOVERY_SLOW));
            if (bad.isPresent()) return no(Item.RESTORE_TESTED, bad.get().what(), bad.get().hint());
            if (proof.isEmpty())
                return no(
                        Item.RESTORE_TESTED,
                        managed()
                                ? "RDS was never asked to restore it"
                                : "no backup of it was ever proven",
                        "pgvigil verify latest --server %s --database %s. A drill: schedule in the profile does it again and again."
                                .formatted(server, database));
            var words =
                    "%s, %s"
                            .formatted(
                                    text(proof.get().finished()),
                                    proof.get()
                                            .recoveryTime()
                                            .map(took ->
                                                    "recovered in "
                                                            + Spans.print(atLeastASecond(took)))
                                            .orElse("recovered"));
            if (policy().drill().schedule().isEmpty())
                return no(
                        Item.RESTORE_TESTED,
                        words + ", and no drill is scheduled",
                        "Give the profile a drill: schedule, monthly or better.");
            // Without a place the timetable orders none.
            if (managed() && policy().drill().instance().rds().isEmpty())
                return no(
                        Item.RESTORE_TESTED,
                        words + ", and drills have no place in RDS",
                        "Give the profile drill.rds, where temporary servers are made.");
            return yes(Item.RESTORE_TESTED, words);
        }

        private static Duration atLeastASecond(Duration took) {
            return took.toSeconds() < 1 ? Duration.ofSeconds(1) : took;
        }

        private Line documented() {
            var written =
                    Optional.ofNullable(
                            evidence.runbooks().get(new DatabasePlace(server, database)));
            var newest = history().flatMap(DatabaseHistory::newestDrill);
            if (written.isEmpty())
                return no(
                        Item.PROCEDURE_DOCUMENTED,
                        "there is no runbook",
                        "Each drill writes it; pgvigil verify.");
            var stale =
                    newest.filter(drill ->
                                    written.get().plus(RUNBOOK_DELAY).isBefore(drill.finished()))
                            .isPresent();
            return stale
                    ? no(
                            Item.PROCEDURE_DOCUMENTED,
                            "the runbook of "
                                    + text(written.get())
                                    + " is older than the newest drill",
                            "Look for runbook-not-written in the log; the next drill writes it.")
                    : yes(Item.PROCEDURE_DOCUMENTED, "runbook of " + text(written.get()));
        }

        private Line monitored() {
            if (evidence.looked().isEmpty())
                return no(
                        Item.MONITORING,
                        "watch has never looked",
                        "Deploy the stack, or run pgvigil watch every 15 minutes.");
            if (evidence.looked().get().plus(WATCH_SILENCE).isBefore(now))
                return no(
                        Item.MONITORING,
                        "watch looked last at " + text(evidence.looked().get()),
                        "Is its schedule enabled? Run pgvigil watch every 15 minutes.");
            var looked = "watch looked at " + text(evidence.looked().get());
            if (evidence.tested().isEmpty())
                return no(
                        Item.MONITORING,
                        looked + "; no channel was ever tested",
                        "pgvigil watch --test-channels, and see the message arrive.");
            var tested = looked + "; the channels took a test at " + text(evidence.tested().get());
            return evidence.tested().get().plus(TEST_AGES).isBefore(now)
                    ? no(
                            Item.MONITORING,
                            tested,
                            "Addresses change. pgvigil watch --test-channels, and see the message arrive.")
                    : yes(Item.MONITORING, tested);
        }

        private Line retained() {
            if (policy().keep().keepsNothing())
                return no(
                        Item.RETENTION,
                        "no rule says what is kept",
                        "Write one: keep: { daily: 7, weekly: 4 }.");
            var words = "keeps " + policy().keep().words();
            var unlocked =
                    findings.stream()
                            .filter(one -> one.kind() == FindingKind.LOCK_MISSING)
                            .filter(one -> one.server().map(server::equals).orElse(true))
                            .filter(one -> one.database().map(database::equals).orElse(true))
                            .findFirst();
            if (policy().lock() != Lock.NONE && unlocked.isPresent())
                return no(Item.RETENTION, unlocked.get().what(), unlocked.get().hint());
            var rules =
                    findings.stream()
                            .filter(one -> one.kind() == FindingKind.LIFECYCLE_DIFFERS)
                            .findFirst();
            if (rules.isPresent())
                return no(Item.RETENTION, rules.get().what(), rules.get().hint());
            if (evidence.retained().isEmpty())
                return no(
                        Item.RETENTION,
                        words + ", and retention has never run",
                        "pgvigil retention plan shows what it would do; then apply.");
            return evidence.retained().get().plus(RETENTION_SILENCE).isBefore(now)
                    ? no(
                            Item.RETENTION,
                            words
                                    + ", and retention ran last at "
                                    + text(evidence.retained().get()),
                            "Is its schedule enabled? pgvigil retention apply --unattended.")
                    : yes(Item.RETENTION, words + "; ran at " + text(evidence.retained().get()));
        }

        private Line wal() {
            if (policy().wal().isEmpty())
                return policy().rpo()
                        .flatMap(_ -> finding(FindingKind.LOSS_TOO_LARGE))
                        .map(loss -> no(Item.WAL_ARCHIVING, loss.what(), loss.hint()))
                        .orElseGet(() ->
                                new Line(
                                        Item.WAL_ARCHIVING,
                                        Mark.NOT_ASKED,
                                        "the profile promises no moment between two backups",
                                        Optional.empty()));
            if (facts.managed(server, DatabaseName.CLUSTER))
                return facts.byService(server)
                        .map(at -> yes(Item.WAL_ARCHIVING, "RDS can restore it up to " + text(at)))
                        .orElseGet(() -> unseen(Item.WAL_ARCHIVING, NOT_ASKED_RDS));
            var bad =
                    finding(FindingKind.WAL_GAP)
                            .or(() -> finding(FindingKind.WAL_LATE))
                            .or(() -> finding(FindingKind.LOSS_TOO_LARGE));
            if (bad.isPresent()) return no(Item.WAL_ARCHIVING, bad.get().what(), bad.get().hint());
            return facts.history()
                    .log(server)
                    .flatMap(ServerLog::newest)
                    .map(harvest ->
                            yes(
                                    Item.WAL_ARCHIVING,
                                    "%s; stored up to %s"
                                            .formatted(
                                                    policy().wal().map(Schedule::words).orElse(""),
                                                    text(harvest.at()))))
                    .orElseGet(() ->
                            no(
                                    Item.WAL_ARCHIVING,
                                    "no WAL is stored",
                                    "pgvigil backup --kind wal --server " + server + "."));
        }

        private Line copied() {
            if (policy().copies().isEmpty())
                return no(
                        Item.OFF_SITE_COPY,
                        "everything is in one place",
                        "Replicate the bucket (docs/deploy.md), or name copies: in the profile.");
            var missing = finding(FindingKind.COPY_MISSING);
            if (missing.isPresent())
                return no(Item.OFF_SITE_COPY, missing.get().what(), missing.get().hint());
            var places =
                    policy().copies().stream()
                            .map(copy -> copy + "")
                            .collect(Collectors.joining(", "));
            var newest =
                    history()
                            .flatMap(one ->
                                    one.backups().reversed().stream()
                                            .filter(BackupNote::there)
                                            .filter(this::everywhere)
                                            .findFirst());
            return newest.map(note ->
                            yes(
                                    Item.OFF_SITE_COPY,
                                    "%s has that of %s, checked"
                                            .formatted(places, text(note.finished()))))
                    .orElseGet(
                            () -> unseen(Item.OFF_SITE_COPY, "no copy is in " + places + " yet"));
        }

        private boolean everywhere(BackupNote note) {
            var backup = new BackupRef(server, database, note.backup());
            return policy().copies().stream().allMatch(copy -> facts.copied(backup, copy.to()));
        }

        private static Line yes(Item item, String evidence) {
            return new Line(item, Mark.READY, evidence, Optional.empty());
        }

        private static Line unseen(Item item, String evidence) {
            return new Line(item, Mark.UNKNOWN, evidence, Optional.empty());
        }

        private static Line no(Item item, String evidence, String hint) {
            return new Line(item, Mark.NOT_READY, evidence, Optional.of(hint));
        }

        private static String text(Instant at) {
            return at.truncatedTo(ChronoUnit.MINUTES).toString().substring(0, 16).replace('T', ' ')
                    + " UTC";
        }
    }
}
