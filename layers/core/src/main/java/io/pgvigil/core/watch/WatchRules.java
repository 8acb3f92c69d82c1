package io.pgvigil.core.watch;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.ByteSize;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.announce.Announcement.Severity;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.config.CopyPlace;
import io.pgvigil.core.config.Databases;
import io.pgvigil.core.config.KindChoice;
import io.pgvigil.core.config.Lock;
import io.pgvigil.core.config.ServerConfig;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.retention.Measures;
import io.pgvigil.core.retention.Usual;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.schedule.Schedule;
import io.pgvigil.core.schedule.Spans;
import io.pgvigil.core.schedule.Work;
import io.pgvigil.core.store.ObjectLock;
import io.pgvigil.core.store.StoreUri;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// What should be there, compared with what is.
///
/// Lateness is judged by what fell due, not by ages: a schedule's own calendar knows both changes to
/// and from daylight saving time. Work is late when it had time enough to end, which is told from how
/// long it took before.
public final class WatchRules {
    /// The clocks of a task and of a store may differ so much without anybody noticing.
    static final Duration CLOCK_TOLERANCE = Duration.ofMinutes(5);

    /// A run is given so long before its absence means something.
    static final Duration START = Duration.ofMinutes(30);

    /// A drill comes after its backup, and may wait for it.
    static final Duration DRILL_START = Duration.ofHours(2);

    /// Beyond what is promised, before it is said.
    static final Duration PROMISE_TOLERANCE = Duration.ofMinutes(15);

    /// Four looks of the scheduler.
    static final Duration TICK_SILENCE = Duration.ofMinutes(20);

    static final Duration HOLD_WARNING = Duration.ofDays(7);

    /// A backup is given so long to be in the further stores, and so many times as long until it is
    /// critical.
    static final Duration COPY_TIME = Duration.ofHours(6);

    private static final int COPY_LATE = 4;

    /// Copies of older backups are not ordered by themselves.
    private static final Duration CAUGHT_UP = Duration.ofDays(14);

    /// Retention, which runs daily, makes a lock longer two days before its end.
    static final Duration LOCK_WARNING = Duration.ofHours(12);

    /// Retention gives up uploads after three days, so an older one means that it does not run.
    static final Duration UPLOAD_AGE = Duration.ofDays(5);

    /// A slot that keeps more than this, and far more than usual, is growing.
    static final long SLOT_BYTES = 4L << 30;

    private static final int SLOT_TIMES = 3;
    private static final int USUAL_LENGTH = 14;
    private static final int LEAST_HISTORY = 4;
    private static final int SLOWER = 3;
    private static final Duration SLOWER_BY = Duration.ofMinutes(15);

    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("d MMM HH:mm 'UTC'", Locale.ENGLISH);
    private static final DateTimeFormatter DAY_OF_YEAR =
            DateTimeFormatter.ofPattern("d MMM uuuu HH:mm 'UTC'", Locale.ENGLISH);

    private final WatchFacts facts;
    private final Instant now;
    private final List<Finding> findings = new ArrayList<>();

    private WatchRules(WatchFacts facts, Instant now) {
        this.facts = facts;
        this.now = now;
    }

    /// In the order of servers and databases; what is about all of them comes first.
    public static List<Finding> findings(WatchFacts facts, Instant now) {
        return new WatchRules(facts, now).judge();
    }

    private List<Finding> judge() {
        everything();
        facts.unseen()
                .forEach((server, why) ->
                        add(
                                FindingKind.UNSEEN,
                                Severity.WARNING,
                                server,
                                Optional.empty(),
                                "",
                                now,
                                "could not be looked at: " + why,
                                "What is known of it may be old. The next look tries again."));
        facts.configuration().ifPresent(known -> known.servers().forEach(this::server));
        facts.history().databases().forEach(this::kept);
        locks();
        facts.configuration().ifPresent(this::copies);
        facts.history().logs().forEach(this::log);
        findings.sort(
                Comparator.comparing(
                                (Finding one) -> one.server().map(name -> name + "").orElse(""))
                        .thenComparing(one -> one.database().map(base -> base + "").orElse(""))
                        .thenComparing(Finding::kind)
                        .thenComparing(Finding::about));
        return List.copyOf(findings);
    }

    // What is about everything

    private void everything() {
        facts.rejected()
                .ifPresent(why ->
                        overall(
                                FindingKind.CONFIG_REJECTED,
                                Severity.CRITICAL,
                                now,
                                "the configuration in the store is refused; the last good one goes on: "
                                        + why,
                                "pgvigil config put checks a configuration before it is written."));
        if (facts.configuration().isEmpty() && !facts.history().databases().isEmpty())
            overall(
                    FindingKind.CONFIG_MISSING,
                    Severity.WARNING,
                    now,
                    "there is no configuration, so nothing can be missed",
                    "Write one and store it with pgvigil config put, or name it with --config.");
        facts.tick()
                .filter(tick -> tick.plus(TICK_SILENCE).isBefore(now))
                .filter(_ ->
                        facts.configuration()
                                .filter(known -> !known.timetable().entries().isEmpty())
                                .isPresent())
                .ifPresent(tick ->
                        overall(
                                FindingKind.SCHEDULER_SILENT,
                                Severity.CRITICAL,
                                tick,
                                "nobody has looked at the timetable since " + text(tick),
                                "Is the schedule of the stack enabled, and does the backup function"
                                        + " end well? Its log group has the cause."));
        if (facts.skew().abs().compareTo(CLOCK_TOLERANCE) > 0)
            overall(
                    FindingKind.CLOCK_OFF,
                    Severity.WARNING,
                    now,
                    "the clock of the store is "
                            + Spans.print(facts.skew().abs())
                            + (facts.skew().isNegative() ? " behind ours" : " ahead of ours"),
                    "Set the clocks by NTP; times in manifests and due times depend on them.");
        facts.key()
                .ifPresent(why ->
                        overall(
                                FindingKind.KEY_UNUSABLE,
                                Severity.CRITICAL,
                                now,
                                why,
                                "Without the key no backup can be read. Enable it or cancel its"
                                        + " deletion at once: aws kms enable-key, aws kms"
                                        + " cancel-key-deletion."));
        if (!facts.rules().notes().isEmpty())
            overall(
                    FindingKind.LIFECYCLE_DIFFERS,
                    facts.rules().deletes() ? Severity.CRITICAL : Severity.WARNING,
                    now,
                    String.join("; ", facts.rules().notes()),
                    "Change the bucket's lifecycle configuration: template.yaml has the rules that"
                            + " go with the profiles.");
        for (var hold : facts.holds())
            hold.until()
                    .filter(_ -> hold.activeAt(now))
                    .filter(end -> !now.plus(HOLD_WARNING).isBefore(end))
                    .ifPresent(end ->
                            add(
                                    FindingKind.HOLD_ENDING,
                                    Severity.INFO,
                                    hold.backup().server(),
                                    Optional.of(hold.backup().database()),
                                    hold.backup().backup() + "",
                                    end.minus(HOLD_WARNING),
                                    "the hold of %s on %s ends at %s"
                                            .formatted(
                                                    hold.owner(),
                                                    hold.backup().backup(),
                                                    text(end)),
                                    "Hold it again when it must stay longer: pgvigil retention hold"
                                            + " --help."));
        var left =
                facts.uploads().stream()
                        .filter(upload -> upload.begun().plus(UPLOAD_AGE).isBefore(now))
                        .toList();
        if (!left.isEmpty())
            overall(
                    FindingKind.UPLOAD_LEFT,
                    Severity.WARNING,
                    left.stream()
                            .map(upload -> upload.begun().plus(UPLOAD_AGE))
                            .min(Comparator.naturalOrder())
                            .orElseThrow(),
                    "%d upload%s begun before %s and never ended; what %s stored costs money"
                            .formatted(
                                    left.size(),
                                    left.size() == 1 ? " was" : "s were",
                                    text(now.minus(UPLOAD_AGE)),
                                    left.size() == 1 ? "it" : "they"),
                    "pgvigil retention apply gives up what nobody will end. Does retention run?");
    }

    // Copies

    /// A backup and a further store that it is not in, as far as anybody has checked.
    ///
    /// @param later what came after the backup and is not there although the backup is
    public record Uncopied(BackupRef backup, StoreUri to, Optional<String> later) {}

    /// What is to be sent where: of each database the newest first. What is older than two weeks may lie
    /// in an archive class, and is left to the command.
    public static List<Uncopied> uncopied(WatchFacts facts, Instant now) {
        var missing = new ArrayList<Uncopied>();
        for (var known : facts.history().databases())
            places(facts, known.server())
                    .forEach(place ->
                            known.backups().reversed().stream()
                                    .filter(BackupNote::there)
                                    .filter(note -> note.finished().plus(CAUGHT_UP).isAfter(now))
                                    .map(note -> ref(known, note))
                                    .filter(backup -> !facts.copied(backup, place))
                                    .map(backup -> new Uncopied(backup, place, Optional.empty()))
                                    .forEach(missing::add));
        for (var known : facts.history().databases())
            places(facts, known.server())
                    .forEach(place ->
                            unsentVerdicts(facts, known, place)
                                    .filter(drill -> drill.finished().plus(CAUGHT_UP).isAfter(now))
                                    .map(drill ->
                                            new Uncopied(
                                                    new BackupRef(
                                                            known.server(),
                                                            known.database(),
                                                            drill.backup()),
                                                    place,
                                                    Optional.of(drill.drill() + "")))
                                    .forEach(missing::add));
        for (var log : facts.history().logs())
            for (var place : places(facts, log.server()))
                newestThere(facts, log.server(), place)
                        .flatMap(base ->
                                unsentLog(facts, log, place)
                                        .map(harvest ->
                                                new Uncopied(
                                                        new BackupRef(
                                                                log.server(),
                                                                DatabaseName.CLUSTER,
                                                                base.backup()),
                                                        place,
                                                        Optional.of(harvest.copied()))))
                        .ifPresent(missing::add);
        return missing;
    }

    /// The newest drill of each backup that is copied there, where its verdict is not.
    private static Stream<DrillNote> unsentVerdicts(
            WatchFacts facts, DatabaseHistory known, StoreUri place) {
        return known.backups().reversed().stream()
                .filter(BackupNote::there)
                .filter(note -> facts.copied(ref(known, note), place))
                .flatMap(note ->
                        known
                                .drillOf(note)
                                .filter(drill ->
                                        !facts.copied(ref(known, note), place, drill.drill() + ""))
                                .stream());
    }

    /// The newest physical backup of a server that is copied there: log is of use behind one only.
    private static Optional<BackupNote> newestThere(
            WatchFacts facts, ServerName server, StoreUri place) {
        return facts.history()
                .of(server, DatabaseName.CLUSTER)
                .flatMap(known ->
                        known.backups().reversed().stream()
                                .filter(BackupNote::there)
                                .filter(note -> facts.copied(ref(known, note), place))
                                .findFirst());
    }

    /// The newest harvest, when its log was not sent there.
    private static Optional<HarvestNote> unsentLog(
            WatchFacts facts, ServerLog log, StoreUri place) {
        return log.newest().filter(harvest -> !sent(facts, log, harvest, place));
    }

    private static boolean sent(
            WatchFacts facts, ServerLog log, HarvestNote harvest, StoreUri place) {
        return facts.history()
                .of(log.server(), DatabaseName.CLUSTER)
                .filter(known ->
                        known.backups().stream()
                                .anyMatch(note ->
                                        facts.copied(ref(known, note), place, harvest.copied())))
                .isPresent();
    }

    private static List<StoreUri> places(WatchFacts facts, ServerName server) {
        return facts.configuration()
                .flatMap(known -> known.server(server))
                .map(found -> found.policy().copies().stream().map(CopyPlace::to).toList())
                .orElse(List.of());
    }

    private void copies(Configuration known) {
        for (var database : facts.history().databases())
            for (var place : places(facts, database.server())) {
                for (var kind : BackupKind.values())
                    database.newest(kind).ifPresent(note -> copy(database, note, place));
                proof(database, place);
            }
        for (var log : facts.history().logs())
            for (var place : places(facts, log.server())) copiedLog(log, place);
    }

    /// How far back the log of the newest harvest is not in a further store that has a base for it.
    private void copiedLog(ServerLog log, StoreUri place) {
        var base = newestThere(facts, log.server(), place);
        if (base.isEmpty()) return;
        var unsent = new ArrayList<HarvestNote>();
        for (var harvest : log.harvests().reversed()) {
            if (sent(facts, log, harvest, place)
                    || harvest.finished().isBefore(base.get().finished())) break;
            unsent.add(harvest);
        }
        if (unsent.isEmpty() || unsent.getLast().finished().plus(COPY_TIME).isAfter(now)) return;
        add(
                FindingKind.COPY_MISSING,
                Severity.WARNING,
                log.server(),
                Optional.empty(),
                "log " + Layout.named(place),
                unsent.getLast().finished().plus(COPY_TIME),
                "no log that was harvested since %s is in %s: from there nothing later can be recovered"
                        .formatted(text(unsent.getLast().finished()), place),
                "pgvigil copy --server %s sends it and says what is wrong."
                        .formatted(log.server()));
    }

    /// A copy without its proof is restored by somebody who does not know whether it can be.
    private void proof(DatabaseHistory database, StoreUri place) {
        var proof =
                database.newestProven()
                        .flatMap(database::drillOf)
                        .filter(drill -> !drill.finished().plus(COPY_TIME).isAfter(now));
        if (proof.isEmpty()
                || unsentVerdicts(facts, database, place).noneMatch(proof.get()::equals)) return;
        add(
                FindingKind.COPY_MISSING,
                Severity.WARNING,
                database.server(),
                Optional.of(database.database()),
                "verdict " + Layout.named(place),
                proof.get().finished().plus(COPY_TIME),
                "backup %s is in %s, and that it was proven is not"
                        .formatted(proof.get().backup(), place),
                "pgvigil copy %s sends it and says what is wrong.".formatted(proof.get().backup()));
    }

    private void copy(DatabaseHistory database, BackupNote note, StoreUri place) {
        if (note.finished().plus(COPY_TIME).isAfter(now)
                || facts.copied(ref(database, note), place)) return;
        var last =
                database.backups().reversed().stream()
                        .filter(one -> one.there() && one.kind() == note.kind())
                        .filter(one -> facts.copied(ref(database, one), place))
                        .findFirst();
        add(
                FindingKind.COPY_MISSING,
                note.finished().plus(COPY_TIME.multipliedBy(COPY_LATE)).isAfter(now)
                        ? Severity.WARNING
                        : Severity.CRITICAL,
                database.server(),
                Optional.of(database.database()),
                note.kind().name().toLowerCase(Locale.ROOT) + " " + Layout.named(place),
                note.finished().plus(COPY_TIME),
                "the newest backup %s is not in %s; %s"
                        .formatted(
                                note.backup(),
                                place,
                                last.map(one -> "the newest there is of " + text(one.finished()))
                                        .orElse("nothing is")),
                "pgvigil copy %s sends it and says what is wrong.".formatted(note.backup()));
    }

    // Locks

    /// Backups that retention never lets go, of servers whose profile asks for locks: the newest and the
    /// newest proven one of each database.
    public static List<BackupRef> toBeLocked(Configuration configuration, History history) {
        var refs = new LinkedHashSet<BackupRef>();
        for (var known : history.databases())
            configuration
                    .server(known.server())
                    .filter(server -> server.policy().lock() != Lock.NONE)
                    .ifPresent(_ ->
                            Stream.of(known.newest(), known.newestProven())
                                    .flatMap(Optional::stream)
                                    .forEach(note -> refs.add(ref(known, note))));
        return List.copyOf(refs);
    }

    private static BackupRef ref(DatabaseHistory known, BackupNote note) {
        return new BackupRef(known.server(), known.database(), note.backup());
    }

    private void locks() {
        var locks = facts.locks();
        if (!locks.possible())
            overall(
                    FindingKind.LOCK_MISSING,
                    Severity.WARNING,
                    now,
                    "profiles ask for locks, and " + locks.store() + " has no Object Lock",
                    "Switch it on for the bucket (docs/operations/retention.md#locks), or set lock:"
                            + " none in the profile.");
        for (var hidden : locks.hidden())
            add(
                    FindingKind.BACKUP_HIDDEN,
                    Severity.CRITICAL,
                    hidden.backup().server(),
                    Optional.of(hidden.backup().database()),
                    hidden.backup().backup() + "",
                    now,
                    hidden.words(now),
                    "Find out who. It comes back with: "
                            + (locks.store() instanceof StoreUri.S3 bucket
                                    ? hidden.undo(bucket)
                                    : "a copy of the directory"));
        for (var known : facts.history().databases())
            Stream.of(known.newest(), known.newestProven())
                    .flatMap(Optional::stream)
                    .distinct()
                    .forEach(note ->
                            Optional.ofNullable(locks.known().get(ref(known, note)))
                                    .ifPresent(lock -> lock(known, note, lock)));
    }

    private void lock(DatabaseHistory known, BackupNote note, ObjectLock lock) {
        // It is locked a moment after it is sealed.
        if (lock.legalHold() || note.finished().plus(START).isAfter(now)) return;
        if (!lock.end().isAfter(now))
            add(
                    FindingKind.LOCK_MISSING,
                    Severity.WARNING,
                    known.server(),
                    Optional.of(known.database()),
                    note.backup() + "",
                    note.finished(),
                    "backup %s must stay, its profile asks for a lock, and it is not locked"
                            .formatted(note.backup()),
                    "pgvigil retention apply locks it. The log of seal says why it was not.");
        else if (!lock.end().minus(LOCK_WARNING).isAfter(now))
            add(
                    FindingKind.LOCK_ENDING,
                    Severity.WARNING,
                    known.server(),
                    Optional.of(known.database()),
                    note.backup() + "",
                    lock.end().minus(LOCK_WARNING),
                    "backup %s must stay, and its lock ends at %s"
                            .formatted(note.backup(), text(lock.end())),
                    "pgvigil retention apply locks it for longer. Does retention run?");
    }

    // What a server's configuration asks for

    private void server(ServerName name, ServerConfig server) {
        var policy = server.policy();
        policy.logical()
                .filter(_ -> policy.kind() != KindChoice.PHYSICAL)
                .ifPresent(schedule -> logical(name, server, schedule));
        var replicates = !facts.restorable().containsKey(name);
        policy.physical()
                .filter(_ -> replicates && policy.kind() != KindChoice.LOGICAL)
                .ifPresent(schedule ->
                        backups(
                                name,
                                server,
                                Optional.of(DatabaseName.CLUSTER),
                                Work.PHYSICAL,
                                BackupKind.PHYSICAL,
                                schedule));
        policy.wal()
                .filter(_ -> replicates && policy.kind() != KindChoice.LOGICAL)
                .ifPresent(schedule -> wal(name, server, schedule));
        policy.drill().schedule().ifPresent(schedule -> drills(name, server, schedule));
        policy.rpo().ifPresent(promised -> loss(name, server, promised));
        policy.rto().ifPresent(promised -> recovery(name, promised));
    }

    /// The databases that a server's logical backups are expected of; empty when that is not known yet.
    private List<DatabaseName> databases(ServerName name, ServerConfig server) {
        return switch (server.databases()) {
            case Databases.Listed(var names) -> names;
            case Databases.All all ->
                    facts.history().of(name).stream()
                            .filter(one -> one.newest(BackupKind.LOGICAL).isPresent())
                            .map(DatabaseHistory::database)
                            .filter(all::includes)
                            .toList();
        };
    }

    private void logical(ServerName name, ServerConfig server, Schedule schedule) {
        var databases = databases(name, server);
        if (databases.isEmpty())
            backups(name, server, Optional.empty(), Work.LOGICAL, BackupKind.LOGICAL, schedule);
        for (var database : databases)
            backups(
                    name,
                    server,
                    Optional.of(database),
                    Work.LOGICAL,
                    BackupKind.LOGICAL,
                    schedule);
    }

    private void backups(
            ServerName name,
            ServerConfig server,
            Optional<DatabaseName> database,
            Work work,
            BackupKind kind,
            Schedule schedule) {
        var known = database.flatMap(base -> facts.history().of(name, base));
        var notes =
                known.map(DatabaseHistory::backups).orElse(List.of()).stream()
                        .filter(note -> note.kind() == kind)
                        .toList();
        var newest = notes.isEmpty() ? Optional.<BackupNote>empty() : Optional.of(notes.getLast());
        late(
                        new Wait(name, database, work, schedule),
                        newest.map(BackupNote::started),
                        grace(START, notes.stream().map(BackupNote::took).toList()),
                        server.limits().longest())
                .ifPresent(late ->
                        add(
                                FindingKind.BACKUP_LATE,
                                late.severity(),
                                name,
                                database,
                                work.word(),
                                late.since(),
                                newest.map(note ->
                                                "no new %s backup since %s; due since %s"
                                                        .formatted(
                                                                work.word(),
                                                                text(note.finished()),
                                                                text(late.since())))
                                                .orElse(
                                                        "there is no %s backup; due since %s"
                                                                .formatted(
                                                                        work.word(),
                                                                        text(late.since())))
                                        + late.why(),
                                database.isEmpty() || newest.isPresent()
                                        ? "Back up now: pgvigil backup --server "
                                                + name
                                                + ". If it was dropped on purpose, take it out of the configuration."
                                        : "Back up now: pgvigil backup --server "
                                                + name
                                                + ", and see what it says."));
    }

    private void wal(ServerName name, ServerConfig server, Schedule schedule) {
        var newest = facts.history().log(name).flatMap(ServerLog::newest);
        late(
                        new Wait(name, Optional.empty(), Work.WAL, schedule),
                        newest.map(HarvestNote::finished),
                        START,
                        server.limits().longest())
                .ifPresent(late ->
                        add(
                                FindingKind.WAL_LATE,
                                late.severity(),
                                name,
                                Optional.empty(),
                                "",
                                late.since(),
                                newest.map(note ->
                                                "no WAL stored since %s; due since %s"
                                                        .formatted(
                                                                text(note.finished()),
                                                                text(late.since())))
                                                .orElse(
                                                        "no WAL is stored; due since "
                                                                + text(late.since()))
                                        + late.why(),
                                "Harvest now: pgvigil backup --kind wal --server " + name + "."));
    }

    private void drills(ServerName name, ServerConfig server, Schedule schedule) {
        for (var known : drilled(name, server)) {
            var first =
                    known.backups().isEmpty()
                            ? Instant.EPOCH
                            : known.backups().getFirst().finished();
            var newest = known.newestDrill();
            var grace =
                    grace(
                            DRILL_START,
                            known.drills().stream()
                                    .map(one -> Duration.between(one.started(), one.finished()))
                                    .toList());
            late(
                            new Wait(name, Optional.of(known.database()), Work.DRILL, schedule),
                            newest.map(DrillNote::started),
                            grace,
                            server.limits().longest(),
                            first)
                    .ifPresent(late ->
                            add(
                                    FindingKind.PROOF_LATE,
                                    late.severity(),
                                    name,
                                    Optional.of(known.database()),
                                    "",
                                    late.since(),
                                    known.newestProof()
                                                    .map(proof ->
                                                            "no drill since %s, and the newest proof is of %s; due since %s"
                                                                    .formatted(
                                                                            newest.map(one ->
                                                                                            text(
                                                                                                    one
                                                                                                            .finished()))
                                                                                    .orElse("ever"),
                                                                            text(proof.finished()),
                                                                            text(late.since())))
                                                    .orElse(
                                                            "never proven; a drill is due since "
                                                                    + text(late.since()))
                                            + late.why(),
                                    "Prove one now: pgvigil verify latest --server %s --database %s."
                                            .formatted(name, known.database())));
        }
    }

    /// What there is something to drill of: backups, and a service's own restore where the profile says
    /// in what it is tried.
    private List<DatabaseHistory> drilled(ServerName name, ServerConfig server) {
        var service =
                facts.managed(name, DatabaseName.CLUSTER)
                                && server.policy().drill().instance().rds().isPresent()
                        ? Stream.of(
                                facts.history()
                                        .of(name, DatabaseName.CLUSTER)
                                        .orElseGet(() ->
                                                DatabaseHistory.empty(name, DatabaseName.CLUSTER)))
                        : Stream.<DatabaseHistory>empty();
        return Stream.concat(
                        facts.history().of(name).stream()
                                .filter(one -> !facts.managed(name, one.database()))
                                .filter(one ->
                                        one.newest().filter(BackupNote::complete).isPresent()),
                        service)
                .toList();
    }

    /// When the newest copy of the server was begun.
    private Optional<Instant> copied(ServerName name) {
        return facts.history()
                .of(name, DatabaseName.CLUSTER)
                .flatMap(one -> one.newest(BackupKind.PHYSICAL))
                .map(BackupNote::started);
    }

    /// How much work could be lost now.
    private void loss(ServerName name, ServerConfig server, Duration promised) {
        // RDS may lose next to nothing, and was not asked.
        if (Instant.EPOCH.equals(facts.restorable().get(name))) return;
        var everything =
                Stream.concat(
                                facts
                                        .history()
                                        .log(name)
                                        .flatMap(log -> log.reach(copied(name)))
                                        .stream(),
                                Stream.concat(
                                        facts.restorable().containsKey(name)
                                                ? Stream.of(facts.restorable().get(name))
                                                : Stream.empty(),
                                        facts
                                                .history()
                                                .of(name, DatabaseName.CLUSTER)
                                                .flatMap(DatabaseHistory::newest)
                                                .stream()
                                                .map(BackupNote::started)))
                        .max(Comparator.naturalOrder());
        for (var database : databases(name, server)) {
            var safe =
                    Stream.concat(
                                    everything.stream(),
                                    facts
                                            .history()
                                            .of(name, database)
                                            .flatMap(DatabaseHistory::newest)
                                            .stream()
                                            .map(BackupNote::started))
                            .max(Comparator.naturalOrder());
            // Nothing at all is late backup's to say.
            if (safe.isEmpty()) continue;
            var loss = Duration.between(safe.get(), now);
            if (loss.compareTo(promised.plus(PROMISE_TOLERANCE)) <= 0) continue;
            add(
                    FindingKind.LOSS_TOO_LARGE,
                    loss.compareTo(promised.multipliedBy(2).plus(PROMISE_TOLERANCE)) > 0
                            ? Severity.CRITICAL
                            : Severity.WARNING,
                    name,
                    Optional.of(database),
                    "",
                    safe.get().plus(promised),
                    "what was written since %s would be lost; rpo promises at most %s"
                            .formatted(text(safe.get()), Spans.print(promised)),
                    "Back up or harvest more often, see why the last one did not come, or promise"
                            + " less.");
        }
    }

    private void recovery(ServerName name, Duration promised) {
        for (var known : facts.history().of(name))
            known.newestProof()
                    .flatMap(proof ->
                            proof.recoveryTime()
                                    .filter(took -> took.compareTo(promised) > 0)
                                    .map(took -> new Slow(proof, took)))
                    .ifPresent(slow ->
                            add(
                                    FindingKind.RECOVERY_SLOW,
                                    Severity.WARNING,
                                    name,
                                    Optional.of(known.database()),
                                    "",
                                    slow.proof().finished(),
                                    "the last proven recovery took %s; rto promises %s"
                                            .formatted(
                                                    Spans.print(slow.took()),
                                                    Spans.print(promised)),
                                    "Give the restore more jobs or a larger task, keep less in one"
                                            + " database, use physical backups, or promise less."));
    }

    private record Slow(DrillNote proof, Duration took) {}

    // What is known of each database, whether it is configured or not

    private void kept(DatabaseHistory known) {
        // The backups of a server that nobody looks after any more are history, not news.
        var configured =
                facts.configuration()
                        .map(all -> all.servers().containsKey(known.server()))
                        .orElse(true);
        if (!configured) return;
        var name = known.server();
        var database = Optional.of(known.database());
        known.unreadable()
                .forEach(why ->
                        add(
                                FindingKind.MANIFEST_UNREADABLE,
                                Severity.WARNING,
                                name,
                                database,
                                why,
                                known.compared(),
                                why,
                                "That backup does not count. See docs/formats.md, or remove it by"
                                        + " hand when it is nobody's."));
        gone(known);
        var service = facts.managed(name, known.database());
        known.newestDrill()
                .filter(drill -> !drill.proven())
                .filter(_ -> service || known.newest().filter(BackupNote::complete).isPresent())
                .ifPresent(drill ->
                        add(
                                FindingKind.DRILL_FAILED,
                                Severity.CRITICAL,
                                name,
                                database,
                                "",
                                drill.finished(),
                                "the drill of "
                                        + (service ? "RDS's own restore" : drill.backup())
                                        + " did not prove it"
                                        + (drill.reasons().isEmpty()
                                                ? ""
                                                : ": " + drill.reasons().getFirst())
                                        + known.newestProof()
                                                .map(proof ->
                                                        "; the newest proof is of "
                                                                + text(proof.finished()))
                                                .orElse("; nothing was ever proven"),
                                (service
                                                ? "Its record: "
                                                        + Layout.drill(
                                                                name,
                                                                known.database(),
                                                                drill.drill())
                                                : "Each difference: pgvigil show " + drill.backup())
                                        + ". Then mend the cause and prove the next one."));
        known.newest()
                .filter(note -> note.notices().stream().anyMatch(WatchRules::olderTool))
                .ifPresent(note ->
                        add(
                                FindingKind.TOOL_OLDER,
                                Severity.WARNING,
                                name,
                                database,
                                "",
                                firstOlder(known),
                                note.notices().stream()
                                        .filter(WatchRules::olderTool)
                                        .findFirst()
                                        .orElseThrow(),
                                "Build the image again with newer PostgreSQL programs, or update the"
                                        + " packages of this host."));
        unusual(known);
    }

    private static boolean olderTool(String notice) {
        return notice.contains("tool older than server");
    }

    /// Since when each backup was made by an older tool.
    private static Instant firstOlder(DatabaseHistory known) {
        var since = known.newest().orElseThrow().finished();
        for (var note : known.backups().reversed()) {
            if (note.notices().stream().noneMatch(WatchRules::olderTool)) break;
            since = note.finished();
        }
        return since;
    }

    private void gone(DatabaseHistory known) {
        var lost = new LinkedHashSet<BackupNote>();
        if (!known.backups().isEmpty()) lost.add(known.backups().getLast());
        known.backups().reversed().stream()
                .filter(note -> known.drillOf(note).filter(DrillNote::proven).isPresent())
                .findFirst()
                .ifPresent(lost::add);
        for (var note : lost)
            note.gone()
                    .ifPresent(noticed ->
                            add(
                                    FindingKind.BACKUP_GONE,
                                    Severity.CRITICAL,
                                    known.server(),
                                    Optional.of(known.database()),
                                    note.backup() + "",
                                    noticed,
                                    "backup %s is not there any more, although retention never removes the newest or the newest proof"
                                            .formatted(note.backup()),
                                    "Who or what deleted it? In a versioned bucket its older versions"
                                            + " may still be there: aws s3api list-object-versions."));
    }

    private void unusual(DatabaseHistory known) {
        var newest = known.newest();
        if (newest.isEmpty()) return;
        var note = newest.get();
        var before =
                known.backups().stream()
                        .filter(one ->
                                one.kind() == note.kind()
                                        && one.complete() == note.complete()
                                        && BackupNote.BY_TIME.compare(one, note) < 0)
                        .toList();
        before = before.subList(Math.max(0, before.size() - USUAL_LENGTH), before.size());
        var complaints = new ArrayList<String>();
        var smaller =
                Usual.complaint(measures(note), before.stream().map(WatchRules::measures).toList());
        if (!smaller.isEmpty()) complaints.add(smaller);
        if (before.size() >= LEAST_HISTORY) {
            var usual = median(before.stream().map(BackupNote::took).toList());
            if (note.took().compareTo(usual.multipliedBy(SLOWER)) > 0
                    && note.took().compareTo(usual.plus(SLOWER_BY)) > 0)
                complaints.add(
                        "took %s where %s is usual"
                                .formatted(Spans.print(note.took()), Spans.print(usual)));
        }
        if (complaints.isEmpty()) return;
        add(
                FindingKind.BACKUP_UNUSUAL,
                Severity.WARNING,
                known.server(),
                Optional.of(known.database()),
                "",
                note.finished(),
                "the newest backup "
                        + note.backup()
                        + " looks wrong: "
                        + String.join("; ", complaints),
                "If it is right, say so, or retention stops: pgvigil retention accept --help.");
    }

    private static Measures measures(BackupNote note) {
        return new Measures(note.archiveBytes(), note.storedBytes(), note.rows(), note.tables());
    }

    private void log(ServerLog log) {
        var configured =
                facts.configuration()
                        .map(all -> all.servers().containsKey(log.server()))
                        .orElse(true);
        if (!configured || log.newest().isEmpty()) return;
        var newest = log.newest().get();
        log.open(copied(log.server()))
                .ifPresent(gap ->
                        add(
                                FindingKind.WAL_GAP,
                                Severity.CRITICAL,
                                log.server(),
                                Optional.empty(),
                                "",
                                gap.found(),
                                gap.what(),
                                "Make a base backup now: pgvigil backup --kind physical --server "
                                        + log.server()
                                        + "."));
        var usual =
                log.harvests().stream()
                        .limit(log.harvests().size() - 1L)
                        .mapToLong(HarvestNote::retained)
                        .sorted()
                        .toArray();
        var median = usual.length == 0 ? 0 : usual[usual.length / 2];
        if (newest.retained() > SLOT_BYTES && newest.retained() > median * SLOT_TIMES)
            add(
                    FindingKind.SLOT_GROWING,
                    Severity.WARNING,
                    log.server(),
                    Optional.empty(),
                    "",
                    newest.finished(),
                    "the server kept %s of WAL for the slot where %s is usual"
                            .formatted(ByteSize.of(newest.retained()), ByteSize.of(median)),
                    "Harvest more often. At max_slot_wal_keep_size the slot is lost, and a gap"
                            + " follows.");
    }

    // Lateness

    /// What is waited for.
    private record Wait(
            ServerName server, Optional<DatabaseName> database, Work work, Schedule schedule) {}

    /// @param since the first instant that fell due and was not followed by anything
    private record Late(Instant since, Severity severity, String why) {}

    private Optional<Late> late(
            Wait wait, Optional<Instant> newest, Duration grace, Duration longest) {
        return late(wait, newest, grace, longest, Instant.EPOCH);
    }

    /// @param notBefore nothing can have been expected before
    private Optional<Late> late(
            Wait wait,
            Optional<Instant> newest,
            Duration grace,
            Duration longest,
            Instant notBefore) {
        var asked =
                facts.expected()
                        .getOrDefault(new WatchFacts.Expectation(wait.server(), wait.work()), now);
        var from = asked.isBefore(notBefore) ? notBefore : asked;
        var due = wait.schedule().latest(now.minus(grace));
        if (due.isEmpty() || due.get().isBefore(from)) return Optional.empty();
        if (newest.filter(at -> !at.isBefore(due.get().minus(CLOCK_TOLERANCE))).isPresent())
            return Optional.empty();
        if (underWay(wait, due.get(), longest)) return Optional.empty();
        var after =
                newest.map(at -> at.plus(CLOCK_TOLERANCE))
                        .filter(at -> !at.isBefore(from))
                        .orElse(from.minusMillis(1));
        var since =
                wait.schedule().next(after).filter(at -> !at.isAfter(due.get())).orElse(due.get());
        var severity =
                newest.isEmpty() || since.isBefore(due.get())
                        ? Severity.CRITICAL
                        : Severity.WARNING;
        return Optional.of(new Late(since, severity, failure(wait, since)));
    }

    private boolean underWay(Wait wait, Instant due, Duration longest) {
        return facts.open().stream()
                .filter(run -> concerns(run, wait))
                .filter(run -> !RunIds.due(run.run()).isBefore(due.minus(CLOCK_TOLERANCE)))
                .anyMatch(run -> run.asked().plus(longest).plus(START).isAfter(now));
    }

    /// How the newest run for it ended that was due since then.
    private String failure(Wait wait, Instant since) {
        return facts.failed().stream()
                .filter(run -> concerns(run, wait))
                .filter(run -> !RunIds.due(run.run()).isBefore(since))
                .max(Comparator.comparing(Run::asked))
                .flatMap(run ->
                        run.failure()
                                .map(why ->
                                        "; run "
                                                + run.run()
                                                + " failed: "
                                                + why.code()
                                                + " "
                                                + why.what()))
                .orElse("");
    }

    private static boolean concerns(Run run, Wait wait) {
        if (!run.order().server().equals(wait.server())) return false;
        return switch (run.order()) {
            case Order.Backup backup ->
                    wait.work() == Work.LOGICAL
                            && (backup.databases().isEmpty()
                                    || wait.database().isEmpty()
                                    || backup.databases().contains(wait.database().get()));
            case Order.Physical _ -> wait.work() == Work.PHYSICAL;
            case Order.Harvest _ -> wait.work() == Work.WAL;
            case Order.Drill drill ->
                    wait.work() == Work.DRILL
                            && wait.database().filter(drill.database()::equals).isPresent();
            case Order.ManagedDrill _ ->
                    wait.work() == Work.DRILL
                            && wait.database().filter(DatabaseName.CLUSTER::equals).isPresent();
            case Order.Restore _, Order.Recover _, Order.PointInTime _, Order.Copy _ -> false;
        };
    }

    /// The instants whose runs are worth looking up, because something due then is late.
    public static List<Instant> lateDues(WatchFacts facts, Instant now) {
        return findings(facts, now).stream()
                .filter(one ->
                        one.kind() == FindingKind.BACKUP_LATE
                                || one.kind() == FindingKind.WAL_LATE
                                || one.kind() == FindingKind.PROOF_LATE)
                .map(Finding::since)
                .distinct()
                .toList();
    }

    /// Time to begin, and twice what it usually takes.
    private static Duration grace(Duration start, List<Duration> took) {
        var last = took.subList(Math.max(0, took.size() - USUAL_LENGTH), took.size());
        return last.isEmpty() ? start : start.plus(median(last).multipliedBy(2));
    }

    private static Duration median(List<Duration> lengths) {
        return lengths.stream().sorted().toList().get(lengths.size() / 2);
    }

    // Findings

    private void overall(
            FindingKind kind, Severity severity, Instant since, String what, String hint) {
        findings.add(
                new Finding(
                        kind, severity, Optional.empty(), Optional.empty(), "", since, what, hint));
    }

    private void add(
            FindingKind kind,
            Severity severity,
            ServerName server,
            Optional<DatabaseName> database,
            String about,
            Instant since,
            String what,
            String hint) {
        findings.add(
                new Finding(
                        kind, severity, Optional.of(server), database, about, since, what, hint));
    }

    /// As people write it: `25 Nov 04:30 UTC`, with the year where it is another one.
    private String text(Instant at) {
        var time = at.atOffset(ZoneOffset.UTC);
        var thisYear = time.getYear() == now.atOffset(ZoneOffset.UTC).getYear();
        return time.format(thisYear ? DAY : DAY_OF_YEAR);
    }

    /// For a configuration: what is asked for, so that it is known since when.
    public static List<WatchFacts.Expectation> expectations(Configuration known) {
        return known.timetable().entries().stream()
                .map(entry -> new WatchFacts.Expectation(entry.server(), entry.work()))
                .sorted(Comparator.comparing(one -> one.toString().toLowerCase(Locale.ROOT)))
                .toList();
    }
}
