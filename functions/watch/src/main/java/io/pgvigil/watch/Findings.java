package io.pgvigil.watch;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.config.Databases;
import io.pgvigil.core.config.KindChoice;
import io.pgvigil.core.config.Lock;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.retention.HiddenBackup;
import io.pgvigil.core.retention.Hold;
import io.pgvigil.core.retention.StoreRulesCheck;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.schedule.Tick;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.Locking;
import io.pgvigil.core.store.ObjectLock;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.PendingUpload;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.watch.Change;
import io.pgvigil.core.watch.DatabaseHistory;
import io.pgvigil.core.watch.Finding;
import io.pgvigil.core.watch.History;
import io.pgvigil.core.watch.LockFacts;
import io.pgvigil.core.watch.Readiness;
import io.pgvigil.core.watch.RuleFacts;
import io.pgvigil.core.watch.Standing;
import io.pgvigil.core.watch.WatchFacts;
import io.pgvigil.core.watch.WatchRules;
import io.pgvigil.core.watch.WatchState;
import io.pgvigil.runtime.Announcements;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.CopyNotes;
import io.pgvigil.runtime.ReadinessEvidence;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.wire.Concurrently;
import io.pgvigil.wire.Histories;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Runs;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Compares what should be there with what is, remembers it, and tells what changed.
public final class Findings {
    /// Enough to say why something is late; a store that is silent for weeks has more.
    private static final int MOST_LATE_TIMES = 16;

    private static final int READS_IN_FLIGHT = 16;

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private final ObjectStore store;
    private final ConfigurationSource source;
    private final Announcements announcements;
    private final KeySight key;
    private final StateLog log;
    private final InstantSource clock;

    /// @param clock ours, which is compared with the store's
    public Findings(
            ObjectStore store,
            ConfigurationSource source,
            Announcements announcements,
            KeySight key,
            StateLog log,
            InstantSource clock) {
        this.store = store;
        this.source = source;
        this.announcements = announcements;
        this.key = key;
        this.log = log;
        this.clock = clock;
    }

    /// What is wrong with the key that everything in the store is encrypted with, if anything is.
    public interface KeySight extends Supplier<Optional<String>> {
        KeySight NONE = Optional::empty;
    }

    /// @param findings what stands now
    /// @param changes what this look told
    /// @param facts from which it was judged
    /// @param before when somebody looked before
    public record Look(
            List<Finding> findings,
            List<Change> changes,
            WatchFacts facts,
            Optional<Instant> before) {}

    /// What would be found. Changes and tells nothing.
    ///
    /// @param now as of when it is judged
    public Look see(Instant now) {
        var configuration = source.current();
        var histories = new Histories(store);
        return judge(
                store.document(Layout.WATCH).map(this::state),
                configuration,
                // Whoever asks once wants to see the server that was added a moment ago, too.
                update(histories, histories.stored().unexplored(), configuration, now),
                Duration.ZERO,
                managed(configuration),
                now);
    }

    private Look judge(
            Optional<WatchState> state,
            Optional<Configuration> configuration,
            Histories.Update update,
            Duration skew,
            Map<ServerName, Instant> restorable,
            Instant now) {
        var facts =
                facts(state.orElse(WatchState.NONE), configuration, update, skew, restorable, now);
        var lost = failures(facts, now);
        var all = lost.isEmpty() ? facts : facts.with(lost);
        return new Look(WatchRules.findings(all, now), List.of(), all, state.map(WatchState::look));
    }

    /// Looks, remembers what it saw, and tells what changed.
    ///
    /// @param now as of when it is judged
    public Look look(Instant now) {
        return look(now, source.current(), Map.of());
    }

    /// @param configuration as it was read a moment ago
    /// @param asked how far services of the cloud can restore the servers that were asked about
    Look look(Instant now, Optional<Configuration> configuration, Map<ServerName, Instant> asked) {
        var document = store.document(Layout.WATCH);
        var state = document.map(this::state);
        var histories = new Histories(store);
        var update = update(histories, histories.stored(), configuration, now);
        histories.keep(update.history());
        var restorable = managed(configuration);
        restorable.putAll(asked);
        var seen = judge(state, configuration, update, skew(), restorable, now);
        // Somebody tells what an earlier look found; what is new is new at the next one, too.
        if (state.filter(known -> known.busy(now)).isPresent()) return seen;
        var next = state.orElse(WatchState.NONE).after(seen.findings(), seen.facts(), now);
        if (!keep(document, next)) return seen;
        var stands = next.standing().stream().map(Standing::finding).toList();
        return new Look(stands, tell(next), seen.facts(), seen.before());
    }

    /// How ready for production each database is, as of a look. Reads one object of each.
    public List<Readiness> readiness(Look look, Instant now) {
        var evidence = ReadinessEvidence.of(store, look.facts().history(), look.before());
        return Readiness.of(look.facts(), look.findings(), evidence, now);
    }

    // What is known

    private static Histories.Update update(
            Histories histories,
            History known,
            Optional<Configuration> configuration,
            Instant now) {
        return histories.update(
                known,
                configuration.map(Findings::places).orElse(List.of()),
                configuration.map(Findings::logs).orElse(List.of()),
                now);
    }

    /// Servers of which nothing physical is made here: a service does it. How far it can restore them is
    /// not known until it is asked.
    private static Map<ServerName, Instant> managed(Optional<Configuration> configuration) {
        var found = new HashMap<ServerName, Instant>();
        configuration
                .map(ManagedWatch::of)
                .ifPresent(all -> all.keySet().forEach(name -> found.put(name, Instant.EPOCH)));
        return found;
    }

    /// How far the clock of the store, which has just written something, is before ours.
    private Duration skew() {
        return store.stat(Layout.HISTORY)
                .map(object -> Duration.between(clock.instant(), object.modified()))
                .orElse(Duration.ZERO);
    }

    private WatchFacts facts(
            WatchState state,
            Optional<Configuration> configuration,
            Histories.Update update,
            Duration skew,
            Map<ServerName, Instant> restorable,
            Instant now) {
        var asked = configuration.map(WatchRules::expectations).orElse(List.of());
        var unseen = new HashMap<>(update.unseen());
        return new WatchFacts(
                configuration,
                store.stat(Layout.REJECTED)
                        .map(_ -> "the log of the functions and its announcement say why"),
                update.history(),
                state.expectations(asked, now),
                new Runs(store).open().stream().flatMap(open -> open.run().stream()).toList(),
                List.of(),
                store.document(Layout.TICK).flatMap(Findings::tick),
                skew,
                holds(),
                uploads(),
                locks(configuration, update.history(), unseen),
                CopyNotes.of(store, configuration, update.history(), unseen),
                restorable,
                keyTrouble(),
                configuration.map(this::rules).orElse(RuleFacts.NONE),
                unseen);
    }

    private RuleFacts rules(Configuration known) {
        if (!(store.uri() instanceof StoreUri.S3 uri)) return RuleFacts.NONE;
        try {
            var tiers =
                    known.servers().values().stream()
                            .map(server -> server.policy().tiers())
                            .distinct()
                            .toList();
            return store.rules()
                    .map(rules ->
                            new RuleFacts(
                                    StoreRulesCheck.notes(rules, uri.prefix(), tiers),
                                    StoreRulesCheck.deletesBackups(rules, uri.prefix())))
                    .orElse(RuleFacts.NONE);
        } catch (Problem problem) {
            // Who may look at backups may not always look at the bucket.
            log.problem("rules-not-seen", problem, Map.of());
            return RuleFacts.NONE;
        }
    }

    private Optional<String> keyTrouble() {
        try {
            return key.get();
        } catch (Problem problem) {
            // A service that does not answer must not hide everything else that can be seen.
            log.problem("key-not-seen", problem, Map.of());
            return Optional.empty();
        }
    }

    private WatchState state(Document document) {
        try {
            return Json.read(document, WatchState.class, WatchState.FORMAT);
        } catch (Problem problem) {
            // Better to tell everything again than to tell nothing.
            log.problem("watch-state-unreadable", problem, Map.of());
            return WatchState.NONE;
        }
    }

    private static Optional<Instant> tick(Document document) {
        try {
            return Optional.of(Json.read(document, Tick.class, Tick.FORMAT).tick());
        } catch (Problem unreadable) {
            return Optional.empty();
        }
    }

    private static List<Histories.Place> places(Configuration known) {
        var places = new ArrayList<Histories.Place>();
        known.servers()
                .forEach((name, server) -> {
                    if (server.databases() instanceof Databases.Listed(var databases))
                        databases.forEach(
                                database -> places.add(new Histories.Place(name, database)));
                    if (server.policy().physical().isPresent()
                            && server.policy().kind() != KindChoice.LOGICAL)
                        places.add(new Histories.Place(name, DatabaseName.CLUSTER));
                });
        return places;
    }

    private static List<ServerName> logs(Configuration known) {
        return known.servers().entrySet().stream()
                .filter(one -> one.getValue().policy().wal().isPresent())
                .map(Map.Entry::getKey)
                .toList();
    }

    private List<Hold> holds() {
        try (var objects = store.list(Layout.HOLDS)) {
            return objects.map(object -> object.key())
                    .gather(Concurrently.map(READS_IN_FLIGHT, store::document))
                    .flatMap(Optional::stream)
                    .flatMap(document -> {
                        try {
                            return Optional.of(Json.read(document, Hold.class, Hold.FORMAT))
                                    .stream();
                        } catch (Problem unreadable) {
                            // Retention stops because of it, and says so.
                            return Optional.<Hold>empty().stream();
                        }
                    })
                    .toList();
        }
    }

    /// @param unseen servers whose locks could not be looked at are added
    private LockFacts locks(
            Optional<Configuration> configuration,
            History history,
            Map<ServerName, String> unseen) {
        var asking =
                configuration.map(Configuration::servers).map(Map::entrySet).stream()
                        .flatMap(Collection::stream)
                        .filter(one -> one.getValue().policy().lock() != Lock.NONE)
                        .map(Map.Entry::getKey)
                        .collect(Collectors.toSet());
        if (asking.isEmpty()) return LockFacts.none(store.uri());
        try {
            var locking = store.locking();
            if (locking.isEmpty()) return new LockFacts(store.uri(), false, Map.of(), List.of());
            return locks(
                    locking.get(),
                    WatchRules.toBeLocked(configuration.orElseThrow(), history),
                    history.databases().stream()
                            .filter(one -> asking.contains(one.server()))
                            .toList());
        } catch (Problem problem) {
            asking.forEach(server -> unseen.putIfAbsent(server, problem.what()));
            return LockFacts.none(store.uri());
        }
    }

    private LockFacts locks(
            Locking locking, List<BackupRef> backups, List<DatabaseHistory> databases) {
        var known = new HashMap<BackupRef, ObjectLock>();
        backups.stream()
                .gather(
                        Concurrently.map(
                                READS_IN_FLIGHT, ref -> Map.entry(ref, lockOf(locking, ref))))
                .forEach(one -> one.getValue().ifPresent(lock -> known.put(one.getKey(), lock)));
        var now = clock.instant();
        var hidden =
                databases.stream()
                        .gather(Concurrently.map(READS_IN_FLIGHT, one -> hidden(locking, one, now)))
                        .flatMap(List::stream)
                        .toList();
        return new LockFacts(store.uri(), true, known, hidden);
    }

    /// Of its manifest, which is locked last.
    private static Optional<ObjectLock> lockOf(Locking locking, BackupRef ref) {
        try {
            return Optional.of(
                    locking.lockOf(
                            Layout.of(
                                    ref.server(), ref.database(), ref.backup(), Layout.MANIFEST)));
        } catch (Problem problem) {
            if (problem.code() == ErrorCode.OBJECT_MISSING) return Optional.empty();
            throw problem;
        }
    }

    private static List<HiddenBackup> hidden(
            Locking locking, DatabaseHistory database, Instant now) {
        var folder = Layout.folder(database.server(), database.database());
        try (var found = locking.hidden(folder, key -> key.name().equals(Layout.MANIFEST))) {
            return found.filter(one -> one.lock().obstacle(now).isPresent())
                    .flatMap(one ->
                            BackupId.ifValid(
                                    one.key()
                                            .value()
                                            .substring(folder.length())
                                            .replaceFirst("/.*", ""))
                                    .map(id ->
                                            new HiddenBackup(
                                                    new BackupRef(
                                                            database.server(),
                                                            database.database(),
                                                            id),
                                                    one.lock()))
                                    .stream())
                    .toList();
        }
    }

    private List<PendingUpload> uploads() {
        try (var uploads = store.pendingUploads("")) {
            return uploads.toList();
        }
    }

    /// The runs that were to make what is late, and failed.
    private List<Run> failures(WatchFacts facts, Instant now) {
        var runs = new Runs(store);
        return WatchRules.lateDues(facts, now).stream()
                .limit(MOST_LATE_TIMES)
                .flatMap(due -> runs.at(TIME.format(due)).stream())
                .gather(Concurrently.map(READS_IN_FLIGHT, runs::find))
                .flatMap(Optional::stream)
                .filter(run -> run.state() == RunState.FAILED)
                .toList();
    }

    // What is told

    private boolean keep(Optional<Document> before, WatchState next) {
        var content = Json.bytes(next);
        return before.isEmpty()
                ? store.create(Layout.WATCH, content)
                : store.replace(Layout.WATCH, content, before.get().token());
    }

    /// Everything in the outbox. What could not be told stays there for a later look.
    private List<Change> tell(WatchState state) {
        var outbox = state.outbox();
        if (outbox.isEmpty()) return List.of();
        var told = new ArrayList<Change>();
        try {
            for (var news : FindingNews.of(outbox)) {
                announcements.say(news.announcement());
                told.addAll(news.changes());
            }
        } finally {
            var left = outbox.stream().filter(change -> !told.contains(change)).toList();
            store.document(Layout.WATCH)
                    .filter(document -> state(document).claimed().equals(state.claimed()))
                    .ifPresent(document ->
                            store.replace(
                                    Layout.WATCH, Json.bytes(state.left(left)), document.token()));
        }
        for (var change : told)
            log.event(
                    "finding-" + FindingNews.word(change.kind()),
                    Map.of(
                            "finding", change.standing().finding().kind().word(),
                            "place", change.standing().finding().place(),
                            "what", change.standing().finding().what()));
        return told;
    }
}
