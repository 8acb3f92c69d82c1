package io.pgvigil.retention;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.config.Databases;
import io.pgvigil.core.config.Lock;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.BackupFacts;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.retention.Budget;
import io.pgvigil.core.retention.Decision;
import io.pgvigil.core.retention.Facts;
import io.pgvigil.core.retention.HiddenBackup;
import io.pgvigil.core.retention.Lane;
import io.pgvigil.core.retention.LockUntil;
import io.pgvigil.core.retention.RetentionRules;
import io.pgvigil.core.store.Locking;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectLock;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.wire.Concurrently;
import io.pgvigil.wire.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/// What the store itself refuses to delete, and its locking of what stays.
///
/// Nobody asks about a hundred thousand backups: the store is asked about what would go, and about
/// what is hidden. How the others are locked was written down.
final class StoreLocks {
    private static final int CALLS_IN_FLIGHT = 16;

    private final ObjectStore store;
    private final Optional<Locking> locking;
    private final Optional<String> unknown;

    private StoreLocks(ObjectStore store, Optional<Locking> locking, Optional<String> unknown) {
        this.store = store;
        this.locking = locking;
        this.unknown = unknown;
    }

    static StoreLocks of(ObjectStore store) {
        try {
            return new StoreLocks(store, store.locking(), Optional.empty());
        } catch (Problem problem) {
            if (problem.transientFailure()) throw problem;
            // Who may look at backups may not always look at the bucket.
            return new StoreLocks(store, Optional.empty(), Optional.of(problem.what()));
        }
    }

    boolean available() {
        return locking.isPresent();
    }

    /// Where the store cannot do what profiles ask.
    List<String> notes(Optional<Configuration> configuration) {
        if (available()) return List.of();
        if (unknown.isPresent())
            return List.of("whether the bucket locks objects is not known: " + unknown.get());
        return asking(configuration).isEmpty()
                ? List.of()
                : List.of(
                        "profiles ask for locks, and this bucket has no Object Lock: nothing in it is"
                                + " locked");
    }

    /// Decides, asks about what would go, and decides again, until the store has been asked about
    /// everything that goes.
    Decision judge(Facts facts, Budget budget, Instant now) {
        var known = facts;
        var asked = new HashSet<BackupRef>();
        while (true) {
            var decision = RetentionRules.decide(known, budget, now);
            var going = new TreeSet<>(decision.order());
            going.removeAll(asked);
            if (locking.isEmpty() || going.isEmpty()) return decision;
            asked.addAll(going);
            known = known.locked(locksOf(going));
        }
    }

    private Map<BackupRef, ObjectLock> locksOf(Collection<BackupRef> backups) {
        var locks = new HashMap<BackupRef, ObjectLock>();
        backups.stream()
                .gather(Concurrently.map(CALLS_IN_FLIGHT, ref -> Map.entry(ref, strongest(ref))))
                .forEach(one -> locks.put(one.getKey(), one.getValue()));
        return locks;
    }

    /// One locked object keeps all of them: what is left without it would be no backup.
    private ObjectLock strongest(BackupRef ref) {
        return keys(ref).stream()
                .map(key -> locking.orElseThrow().lockOf(key))
                .reduce(ObjectLock.NONE, ObjectLock::stronger);
    }

    private List<ObjectKey> keys(BackupRef ref) {
        try (var objects = store.list(Layout.folder(ref.server(), ref.database(), ref.backup()))) {
            return objects.map(StoredObject::key).toList();
        }
    }

    private static ObjectKey manifest(BackupRef ref) {
        return Layout.of(ref.server(), ref.database(), ref.backup(), Layout.MANIFEST);
    }

    // What somebody hid

    /// Locked backups behind delete markers, of servers whose profile asks for locks.
    List<HiddenBackup> hidden(
            Optional<Configuration> configuration, Collection<Lane> lanes, Instant now) {
        if (locking.isEmpty()) return List.of();
        var servers = asking(configuration);
        var folders = new TreeSet<String>();
        lanes.stream()
                .filter(lane -> servers.containsKey(lane.server()))
                .forEach(lane -> folders.add(Layout.folder(lane.server(), lane.database())));
        servers.forEach((server, databases) ->
                databases.forEach(name -> folders.add(Layout.folder(server, name))));
        return folders.stream().flatMap(folder -> hidden(folder, now).stream()).toList();
    }

    private List<HiddenBackup> hidden(String folder, Instant now) {
        try (var found =
                locking.orElseThrow().hidden(folder, key -> key.name().equals(Layout.MANIFEST))) {
            return found.filter(one -> one.lock().obstacle(now).isPresent())
                    .flatMap(one ->
                            Folder.of(one.key().value().split("/"))
                                    .map(place -> new HiddenBackup(place.ref, one.lock()))
                                    .stream())
                    .toList();
        }
    }

    /// Servers whose profile asks for a lock, and the databases that are configured by name.
    private static Map<ServerName, List<DatabaseName>> asking(
            Optional<Configuration> configuration) {
        var asking = new TreeMap<ServerName, List<DatabaseName>>();
        configuration.ifPresent(known ->
                known.servers()
                        .forEach((name, server) -> {
                            if (server.policy().lock() == Lock.NONE) return;
                            var databases = new ArrayList<DatabaseName>();
                            if (server.databases() instanceof Databases.Listed(var names))
                                databases.addAll(names);
                            databases.add(DatabaseName.CLUSTER);
                            asking.put(name, databases);
                        }));
        return asking;
    }

    // Locking

    /// Locks what stays, lane by lane, and writes it down. One that cannot be locked keeps the others
    /// from nothing.
    ///
    /// @param meanwhile after every lane, however long it takes
    List<AuditRecord.Locked> carryOut(Decision decision, Facts facts, Runnable meanwhile) {
        var wanted = new HashMap<BackupRef, LockUntil>();
        decision.locks().forEach(lock -> wanted.put(lock.backup(), lock));
        var gone = decision.expired();
        var lanes = new TreeMap<Lane, List<BackupFacts>>();
        for (var one : decision.verdicts())
            if (!gone.contains(one.backup().ref()))
                lanes.computeIfAbsent(one.backup().lane(), _ -> new ArrayList<>())
                        .add(one.backup());
        var outcomes = new ArrayList<AuditRecord.Locked>();
        lanes.forEach((lane, backups) -> {
            if (backups.stream().noneMatch(one -> wanted.containsKey(one.ref()))) return;
            lane(lane, backups, wanted, facts.locks(), outcomes);
            meanwhile.run();
        });
        return outcomes;
    }

    private void lane(
            Lane lane,
            List<BackupFacts> backups,
            Map<BackupRef, LockUntil> wanted,
            Map<BackupRef, ObjectLock> known,
            List<AuditRecord.Locked> outcomes) {
        var locked = new HashMap<BackupId, ObjectLock>();
        for (var backup : backups) {
            var ref = backup.ref();
            var before = Optional.ofNullable(known.get(ref));
            before.ifPresent(lock -> locked.put(ref.backup(), lock));
            var wish = wanted.get(ref);
            if (wish == null) continue;
            var problem = lock(wish);
            if (problem.isEmpty())
                locked.put(
                        ref.backup(),
                        before.orElse(ObjectLock.NONE).lengthened(wish.mode(), wish.until()));
            outcomes.add(
                    AuditRecord.Locked.of(wish).outcome(problem.orElse(AuditRecord.Locked.LOCKED)));
        }
        store.put(
                Layout.locks(lane.server(), lane.database(), lane.kind()),
                Json.bytes(new LockRecord(LockRecord.FORMAT, locked)));
    }

    private Optional<String> lock(LockUntil wish) {
        try {
            var last = manifest(wish.backup());
            keys(wish.backup()).stream()
                    .filter(key -> !key.equals(last))
                    .gather(
                            Concurrently.map(
                                    CALLS_IN_FLIGHT,
                                    key -> {
                                        locking.orElseThrow().lock(key, wish.mode(), wish.until());
                                        return key;
                                    }))
                    .forEach(_ -> {});
            // Who finds the manifest locked may take it that the rest is.
            locking.orElseThrow().lock(last, wish.mode(), wish.until());
            return Optional.empty();
        } catch (Problem problem) {
            if (problem.transientFailure()) throw problem;
            return Optional.of(problem.what());
        }
    }
}
