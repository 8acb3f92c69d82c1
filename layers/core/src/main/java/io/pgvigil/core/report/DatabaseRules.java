package io.pgvigil.core.report;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.announce.Announcement.Severity;
import io.pgvigil.core.config.Profile;
import io.pgvigil.core.config.ServerConfig;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.schedule.Schedule;
import io.pgvigil.core.schedule.Work;
import io.pgvigil.core.watch.BackupNote;
import io.pgvigil.core.watch.DatabaseHistory;
import io.pgvigil.core.watch.DrillNote;
import io.pgvigil.core.watch.Finding;
import io.pgvigil.core.watch.FindingKind;
import io.pgvigil.core.watch.HarvestNote;
import io.pgvigil.core.watch.Readiness;
import io.pgvigil.core.watch.ServerLog;
import io.pgvigil.core.watch.WatchFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What is said of one database.
final class DatabaseRules {
    private final ReportFacts facts;
    private final ServerName server;
    private final DatabaseName database;
    private final Instant now;
    private final DatabaseHistory history;
    private final Optional<Readiness> readiness;
    private final Optional<Profile> policy;

    DatabaseRules(ReportFacts facts, ServerName server, DatabaseName database, Instant now) {
        this.facts = facts;
        this.server = server;
        this.database = database;
        this.now = now;
        history =
                facts.watched()
                        .history()
                        .of(server, database)
                        .orElseGet(() -> DatabaseHistory.empty(server, database));
        readiness =
                facts.readiness().stream()
                        .filter(one ->
                                one.server().equals(server) && one.database().equals(database))
                        .findFirst();
        policy =
                readiness
                        .flatMap(_ -> facts.watched().configuration())
                        .flatMap(known -> known.server(server))
                        .map(ServerConfig::policy);
    }

    /// Whether it is protected, and what that was judged by.
    private record Judged(Protection protection, String why) {}

    DatabaseReport report() {
        var judged = judge();
        var newestDrill = history.newestDrill().filter(note -> !note.proven());
        return new DatabaseReport(
                server,
                database,
                readiness.isPresent(),
                judged.protection(),
                judged.why(),
                history.newest().map(this::made),
                history.newestProof().map(this::proof),
                newestDrill.map(this::proof),
                policy.map(known -> new DatabaseReport.Promises(known.rpo(), known.rto()))
                        .orElse(DatabaseReport.Promises.NONE),
                safe().map(this::age),
                history.newestProof().flatMap(DrillNote::recoveryTime),
                window(),
                calendar(),
                Series.of(history, now),
                kept(),
                readiness.map(ReportRules::lines).orElse(List.of()));
    }

    private boolean managed() {
        return facts.watched().managed(server, database);
    }

    private Judged judge() {
        if (history.newest().isEmpty() && !managed())
            return new Judged(Protection.NOT_PROTECTED, "there is no backup of it");
        var critical = findings().filter(one -> one.severity() == Severity.CRITICAL).findFirst();
        if (critical.isPresent()) return new Judged(Protection.AT_RISK, critical.get().what());
        if (history.newestDrill().filter(note -> !note.proven()).isPresent())
            return new Judged(
                    Protection.AT_RISK,
                    "its newest drill could not prove the " + (managed() ? "restore" : "backup"));
        if (managed() && facts.watched().byService(server).isEmpty())
            return new Judged(Protection.AT_RISK, "up to when RDS can restore it was not seen");
        if (history.newestProof().isEmpty())
            return new Judged(
                    Protection.AT_RISK,
                    "no backup of it was ever restored to see whether it works");
        return new Judged(
                Protection.PROTECTED,
                managed()
                        ? "in its newest drill RDS restored it, and every row could be read"
                        : "its newest drill restored a backup and proved it");
    }

    private Stream<Finding> findings() {
        return ReportRules.about(facts.findings(), server, database);
    }

    private boolean found(FindingKind kind) {
        return findings().anyMatch(one -> one.kind() == kind);
    }

    private Duration age(Instant at) {
        var age = Duration.between(at, now);
        return age.isNegative() ? Duration.ZERO : age;
    }

    private DatabaseReport.Made made(BackupNote note) {
        return new DatabaseReport.Made(
                note.backup(),
                note.kind(),
                note.finished(),
                age(note.finished()),
                note.storedBytes(),
                note.rows());
    }

    private DatabaseReport.Proof proof(DrillNote note) {
        return new DatabaseReport.Proof(
                note.drill(),
                note.backup(),
                note.verdict(),
                note.finished(),
                age(note.finished()),
                note.recoveryTime(),
                note.verdict() == DrillVerdict.PROVEN ? List.of() : note.reasons());
    }

    // What could be lost, and what can be reached

    /// Up to when everything that was written can be brought back.
    private Optional<Instant> safe() {
        return Stream.of(
                        history.newest().map(BackupNote::started),
                        cluster().newest().map(BackupNote::started),
                        logged(),
                        service())
                .flatMap(Optional::stream)
                .max(Comparator.naturalOrder());
    }

    private DatabaseHistory cluster() {
        return facts.watched()
                .history()
                .of(server, DatabaseName.CLUSTER)
                .orElseGet(() -> DatabaseHistory.empty(server, DatabaseName.CLUSTER));
    }

    /// How far the log goes; it is of use only behind the copy of a server.
    private Optional<Instant> logged() {
        return cluster()
                .newest(BackupKind.PHYSICAL)
                .flatMap(base -> log().flatMap(log -> log.reach(Optional.of(base.started()))));
    }

    private Optional<ServerLog> log() {
        return facts.watched().history().log(server);
    }

    /// How far a service of the cloud can restore it.
    private Optional<Instant> service() {
        return facts.watched().byService(server);
    }

    private Optional<DatabaseReport.Window> window() {
        var there = history.backups().stream().filter(BackupNote::there).toList();
        if (there.isEmpty()) return Optional.empty();
        var to = logged().filter(_ -> database.equals(DatabaseName.CLUSTER));
        if (to.filter(at -> at.isAfter(there.getLast().finished())).isEmpty())
            return Optional.of(
                    new DatabaseReport.Window(
                            there.getFirst().finished(),
                            there.getLast().finished(),
                            false,
                            there.size()));
        return Optional.of(
                new DatabaseReport.Window(firstBase(there), to.get(), true, there.size()));
    }

    /// The base from which every later moment can be reached: the log before what `keep.wal` asks for may
    /// be gone, and over a gap no base reaches.
    private Instant firstBase(List<BackupNote> all) {
        var gap = log().flatMap(ServerLog::gap).map(HarvestNote.Gap::found);
        var behind =
                all.stream()
                        .filter(base -> gap.filter(base.started()::isAfter).isPresent())
                        .toList();
        var bases = behind.isEmpty() ? all : behind;
        var kept = policy.map(known -> known.keep().wal()).orElse(Duration.ZERO);
        if (kept.isZero()) return bases.getFirst().finished();
        return bases.stream()
                .map(BackupNote::finished)
                .filter(at -> !at.isAfter(now.minus(kept)))
                .max(Comparator.naturalOrder())
                .orElse(bases.getFirst().finished());
    }

    // What was done

    private Calendar calendar() {
        var work = database.equals(DatabaseName.CLUSTER) ? Work.PHYSICAL : Work.LOGICAL;
        var since =
                facts.watched()
                        .expected()
                        .getOrDefault(new WatchFacts.Expectation(server, work), now);
        return Calendar.of(history, schedule(work), since, found(FindingKind.BACKUP_LATE), now);
    }

    private Optional<Schedule> schedule(Work work) {
        // A service has its own, and nothing of it is in the store.
        if (managed()) return Optional.empty();
        return policy.flatMap(known -> work == Work.PHYSICAL ? known.physical() : known.logical());
    }

    private Optional<DatabaseReport.Kept> kept() {
        return facts.retention()
                .map(note ->
                        new DatabaseReport.Kept(
                                note.at(),
                                policy.map(known -> known.keep().words()).orElse(""),
                                note.backups().stream()
                                        .filter(one ->
                                                one.server().equals(server)
                                                        && one.database().equals(database))
                                        .toList()))
                .filter(kept -> !kept.backups().isEmpty());
    }
}
