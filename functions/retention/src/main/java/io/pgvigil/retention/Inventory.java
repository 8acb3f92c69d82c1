package io.pgvigil.retention;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Physical;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.BackupFacts;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.retention.Budget;
import io.pgvigil.core.retention.Facts;
import io.pgvigil.core.retention.HiddenBackup;
import io.pgvigil.core.retention.Hold;
import io.pgvigil.core.retention.Hole;
import io.pgvigil.core.retention.Lane;
import io.pgvigil.core.retention.Measures;
import io.pgvigil.core.retention.Policy;
import io.pgvigil.core.retention.Proof;
import io.pgvigil.core.retention.RetentionRules;
import io.pgvigil.core.retention.Storage;
import io.pgvigil.core.retention.Usual;
import io.pgvigil.core.retention.WalHoldings;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectLock;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.PendingUpload;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.core.store.Versioned;
import io.pgvigil.wire.Concurrently;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Leases;
import io.pgvigil.wire.Manifests;
import io.pgvigil.wire.Runs;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/// What a store holds, as far as retention is concerned: one listing of everything, then each
/// manifest, each drill record and what retention itself keeps, once.
///
/// A store that does not answer ends it with the store's own problem: half a catalogue decides
/// nothing. A document that is there and cannot be believed is a [Hole].
final class Inventory {
    /// Younger objects without a manifest may belong to a run that goes on.
    static final Duration DEBRIS_AGE = Duration.ofDays(3);

    /// A lease that was not renewed for so long is nobody's.
    private static final Duration LEASE_SILENCE = Duration.ofDays(1);

    /// A run that is still open after this will never end.
    private static final Duration LONGEST_RUN = Duration.ofDays(30);

    private static final int READS_IN_FLIGHT = 16;
    private static final String HOLDS = Layout.RETENTION + "holds/";
    private static final String ACCEPTED = Layout.RETENTION + "accepted/";
    private static final String USUAL = Layout.RETENTION + "usual/";
    private static final String DELETING = Layout.RETENTION + "deleting/";
    private static final String WAL = "_wal";
    private static final String TIERS = Layout.RETENTION + "tiers/";
    private static final String LOCKS = Layout.RETENTION + "locks/";

    private final ObjectStore store;
    private final Optional<Configuration> configuration;
    private final StoreLocks locks;
    private final Leases leases;
    private final Instant now;

    private final List<Folder> folders = new ArrayList<>();
    private final List<ObjectKey> drills = new ArrayList<>();
    private final List<ObjectKey> readLeases = new ArrayList<>();
    private final List<ObjectKey> holds = new ArrayList<>();
    private final List<ObjectKey> accepted = new ArrayList<>();
    private final List<ObjectKey> usual = new ArrayList<>();
    private final List<ObjectKey> deleting = new ArrayList<>();
    private final List<ObjectKey> tiers = new ArrayList<>();
    private final List<ObjectKey> lockRecords = new ArrayList<>();
    private final Map<BackupRef, Storage.Assigned> assigned = new HashMap<>();
    private final List<Hole> holes = new ArrayList<>();
    private final Map<String, Optional<WalHoldings>> logs = new LinkedHashMap<>();
    private final List<Base> bases = new ArrayList<>();

    /// What a manifest says of where its base lies in the log.
    record Base(BackupRef ref, SystemIdentifier system, Physical physical) {}

    private Inventory(
            ObjectStore store,
            Optional<Configuration> configuration,
            StoreLocks locks,
            Leases leases,
            Instant now) {
        this.store = store;
        this.configuration = configuration;
        this.locks = locks;
        this.leases = leases;
        this.now = now;
    }

    /// @param deletions backups that an earlier run began to delete
    /// @param abandoned uploads that nobody will complete
    /// @param hidden locked backups that somebody hid
    /// @param logs the harvested log of each server and system identifier
    record Found(
            Facts facts,
            List<Debris> debris,
            List<Deletion> deletions,
            List<PendingUpload> abandoned,
            List<HiddenBackup> hidden,
            List<WalHoldings> logs,
            List<Base> bases) {}

    static Found read(
            ObjectStore store,
            Optional<Configuration> configuration,
            StoreLocks locks,
            Leases leases,
            Budget budget,
            Instant now) {
        return new Inventory(store, configuration, locks, leases, now).read(budget);
    }

    private Found read(Budget budget) {
        list();
        var proofs = proofs();
        documents(
                tiers,
                Assignments.class,
                Assignments.FORMAT,
                (key, one) ->
                        lane(TIERS, key)
                                .ifPresent(lane ->
                                        one.assigned()
                                                .forEach((backup, where) ->
                                                        assigned.put(
                                                                new BackupRef(
                                                                        lane.server(),
                                                                        lane.database(),
                                                                        backup),
                                                                where))));
        var backups = backups(proofs);
        var lanes = new HashSet<Lane>();
        backups.forEach(backup -> lanes.add(backup.lane()));
        var policies = new HashMap<Lane, Policy>();
        for (var lane : lanes)
            configuration
                    .flatMap(all -> all.server(lane.server()))
                    .map(server -> Policy.of(server, lane.kind()))
                    .ifPresent(policy ->
                            policies.put(lane, locks.available() ? policy : policy.unlocked()));
        var held = new HashMap<BackupRef, Hold>();
        documents(holds, Hold.class, Hold.FORMAT, (_, hold) -> held.put(hold.backup(), hold));
        var explained = new HashSet<BackupRef>();
        documents(
                accepted,
                SizeAccepted.class,
                SizeAccepted.FORMAT,
                (_, one) -> explained.add(one.backup()));
        var known = new HashMap<Lane, Usual>();
        documents(
                usual,
                Usual.class,
                Usual.FORMAT,
                (key, one) -> lane(USUAL, key).ifPresent(lane -> known.put(lane, one)));
        var begun = new ArrayList<Deletion>();
        documents(deleting, Deletion.class, Deletion.FORMAT, (_, one) -> begun.add(one));
        var hidden = locks.hidden(configuration, lanes, now);
        for (var one : hidden) hole(one.backup(), one.words(now), Hole.Hides.ITS_DATABASE);
        var debris = debris(known, begun, hidden, budget);
        var recorded = new HashMap<BackupRef, ObjectLock>();
        documents(
                lockRecords,
                LockRecord.class,
                LockRecord.FORMAT,
                (key, one) ->
                        lane(LOCKS, key)
                                .ifPresent(lane ->
                                        one.locked()
                                                .forEach((backup, lock) ->
                                                        recorded.put(
                                                                new BackupRef(
                                                                        lane.server(),
                                                                        lane.database(),
                                                                        backup),
                                                                lock))));
        var facts = new Facts(backups, policies, held, leased(), known, explained, recorded, holes);
        return new Found(
                facts,
                debris,
                List.copyOf(begun),
                abandoned(),
                hidden,
                logs.values().stream().flatMap(Optional::stream).toList(),
                List.copyOf(bases));
    }

    // The listing

    private void list() {
        try (var objects = store.list("")) {
            objects.forEach(this::sort);
        }
    }

    private void sort(StoredObject object) {
        var key = object.key();
        var path = key.value();
        var segments = path.split("/");
        if (path.startsWith(Layout.RETENTION)) {
            if (path.startsWith(HOLDS)) holds.add(key);
            else if (path.startsWith(ACCEPTED)) accepted.add(key);
            else if (path.startsWith(USUAL)) usual.add(key);
            else if (path.startsWith(DELETING)) deleting.add(key);
            else if (path.startsWith(TIERS)) tiers.add(key);
            else if (path.startsWith(LOCKS)) lockRecords.add(key);
        } else if (path.startsWith(Layout.LEASES)) {
            if (segments.length == 5 && object.modified().plus(LEASE_SILENCE).isAfter(now))
                readLeases.add(key);
        } else if (path.startsWith(Layout.RUNS)) {
            return;
        } else if (segments.length == 5 && segments[1].equals(WAL)) {
            log(segments, object);
        } else if (segments.length == 4 && segments[2].equals("drills")) {
            drills.add(key);
        } else {
            // Sorted by key, so that what lies in one folder comes in one go.
            if (folders.isEmpty() || !path.startsWith(folders.getLast().path()))
                Folder.of(segments).ifPresent(folders::add);
            if (!folders.isEmpty() && path.startsWith(folders.getLast().path()))
                folders.getLast().add(object);
        }
    }

    /// A segment, or part of one: `<server>/_wal/<system identifier>/<timeline>/<name>.zst`. What was
    /// dropped under `incoming/` is none yet.
    private void log(String[] segments, StoredObject object) {
        var file = segments[4];
        if (!file.startsWith(segments[3]) || !file.endsWith(Layout.SEGMENT_SUFFIX)) return;
        logs.computeIfAbsent(segments[0] + "/" + segments[2], _ -> holdings(segments))
                .ifPresent(log ->
                        log.add(
                                file.substring(0, file.length() - Layout.SEGMENT_SUFFIX.length()),
                                object.size(),
                                object.modified().plus(RetentionRules.MINIMUM_AGE).isAfter(now)));
    }

    private static Optional<WalHoldings> holdings(String[] segments) {
        try {
            return Optional.of(
                    new WalHoldings(
                            new ServerName(segments[0]), new SystemIdentifier(segments[2])));
        } catch (IllegalArgumentException | Problem notOurs) {
            return Optional.empty();
        }
    }

    // Backups and their proofs

    private record Read(Folder folder, Optional<Document> manifest) {}

    private List<BackupFacts> backups(Map<BackupRef, Drill> proofs) {
        var backups = new ArrayList<BackupFacts>();
        // Facts are taken at once: a hundred thousand manifests do not fit in memory, their facts
        // do.
        folders.stream()
                .filter(folder -> folder.sealed)
                .gather(
                        Concurrently.map(
                                READS_IN_FLIGHT,
                                folder -> new Read(folder, store.document(manifest(folder.ref)))))
                .forEach(read ->
                        read.manifest()
                                .flatMap(document -> sealed(read.folder(), document))
                                .map(manifest -> facts(read.folder(), manifest, proofs))
                                .ifPresent(backups::add));
        return backups;
    }

    private static ObjectKey manifest(BackupRef ref) {
        return Layout.of(ref.server(), ref.database(), ref.backup(), Layout.MANIFEST);
    }

    private Optional<Manifest> sealed(Folder folder, Document document) {
        try {
            return Optional.of(Manifests.read(document));
        } catch (Problem problem) {
            // A dump needs nothing else, so its damage hides only itself.
            var alone =
                    problem.code() != ErrorCode.DOCUMENT_TOO_NEW
                            && kind(folder.ref.backup()) == BackupKind.LOGICAL;
            hole(folder.ref, problem.what(), alone ? Hole.Hides.ITSELF : Hole.Hides.ITS_SERVER);
            return Optional.empty();
        }
    }

    private static BackupKind kind(BackupId backup) {
        var letter = backup.value().charAt(backup.value().indexOf('-') + 1);
        for (var kind : BackupKind.values()) if (kind.letter() == letter) return kind;
        return BackupKind.PHYSICAL;
    }

    private BackupFacts facts(Folder folder, Manifest manifest, Map<BackupRef, Drill> proofs) {
        if (manifest.physical().isPresent() && manifest.systemIdentifier().isPresent())
            bases.add(
                    new Base(
                            folder.ref,
                            manifest.systemIdentifier().get(),
                            manifest.physical().get()));
        var totals = manifest.totals();
        var named = manifest.objects().stream().mapToLong(object -> object.size()).sum();
        var parts = manifest.objects().size();
        var drill = proofs.get(folder.ref);
        return new BackupFacts(
                folder.ref,
                manifest.kind(),
                manifest.finished(),
                manifest.selection().complete() ? Selection.EVERYTHING : manifest.selection(),
                folder.objects == parts ? folder.bytes == named : folder.objects > parts,
                folder.bytes + folder.manifestBytes,
                new Measures(
                        totals.archiveBytes(),
                        totals.storedBytes(),
                        totals.rows(),
                        totals.tables()),
                drill == null ? Proof.UNTRIED : proof(manifest, drill),
                Set.of(),
                folder.storage(Optional.ofNullable(assigned.get(folder.ref))));
    }

    private static Proof proof(Manifest manifest, Drill drill) {
        if (drill.verdict() != DrillVerdict.NOT_PROVEN) return Proof.PROVEN;
        // A part is never proven. When that is the one reason, nothing speaks against it.
        var onlyPart =
                !manifest.selection().complete()
                        && drill.reasons().size() == 1
                        && drill.differences().isEmpty()
                        && drill.restoreErrors().isEmpty();
        return onlyPart ? Proof.UNTRIED : Proof.FAILED;
    }

    /// The newest drill of each backup.
    private Map<BackupRef, Drill> proofs() {
        var newest = new HashMap<BackupRef, Drill>();
        documents(
                drills,
                Drill.class,
                Drill.FORMAT,
                (_, drill) ->
                        newest.merge(
                                new BackupRef(drill.server(), drill.database(), drill.backup()),
                                drill,
                                (one, other) ->
                                        one.finished().isAfter(other.finished()) ? one : other));
        return newest;
    }

    private Map<BackupRef, String> leased() {
        var leased = new HashMap<BackupRef, String>();
        for (var key : readLeases)
            Folder.of(key.value().substring(Layout.LEASES.length()).split("/"))
                    .ifPresent(folder ->
                            leases.find(key)
                                    .filter(_ -> leases.held(key))
                                    .ifPresent(lease ->
                                            leased.put(
                                                    folder.ref,
                                                    "in use by run %s, until %s at least"
                                                            .formatted(
                                                                    lease.holder(),
                                                                    lease.expires()))));
        return leased;
    }

    // What is left of runs that failed

    private List<Debris> debris(
            Map<Lane, Usual> known,
            List<Deletion> begun,
            List<HiddenBackup> hidden,
            Budget budget) {
        var sealed = new HashSet<BackupRef>();
        known.forEach((lane, usualOf) ->
                usualOf.judged()
                        .keySet()
                        .forEach(backup ->
                                sealed.add(new BackupRef(lane.server(), lane.database(), backup))));
        var finishing = new HashSet<BackupRef>();
        begun.forEach(deletion -> finishing.add(deletion.backup()));
        var waiting = new HashSet<BackupRef>();
        hidden.forEach(one -> waiting.add(one.backup()));

        var inFolder = new LinkedHashMap<String, Integer>();
        var allowed = new HashMap<String, Integer>();
        folders.forEach(folder -> inFolder.merge(database(folder), 1, Integer::sum));
        inFolder.forEach((database, count) -> allowed.put(database, budget.of(count)));

        var debris = new ArrayList<Debris>();
        for (var folder : folders) {
            if (folder.sealed || finishing.contains(folder.ref) || waiting.contains(folder.ref))
                continue;
            if (sealed.contains(folder.ref)) {
                hole(
                        folder.ref,
                        manifest(folder.ref)
                                + " is gone, although the backup was sealed: was it removed, or"
                                + " hidden by a delete marker?",
                        Hole.Hides.ITSELF);
                continue;
            }
            var obstacle = alive(folder);
            if (obstacle.isEmpty() && allowed.merge(database(folder), -1, Integer::sum) < 0)
                obstacle = "the budget of one run is spent; consent lifts it";
            debris.add(
                    new Debris(
                            folder.path(),
                            folder.objects,
                            folder.bytes,
                            folder.newest,
                            obstacle.isEmpty(),
                            obstacle.isEmpty()
                                    ? "never sealed, untouched since " + folder.newest
                                    : obstacle));
        }
        return List.copyOf(debris);
    }

    private static String database(Folder folder) {
        return Layout.folder(folder.ref.server(), folder.ref.database());
    }

    /// Why a folder without a manifest may still become a backup; empty when it cannot.
    private String alive(Folder folder) {
        if (folder.newest.plus(DEBRIS_AGE).isAfter(now))
            return "not sealed yet; debris after " + folder.newest.plus(DEBRIS_AGE);
        var ref = folder.ref;
        if (leases.held(Layout.backupLease(ref.server(), ref.database())))
            return "a run is at work on this database";
        return openRun(ref).map(run -> "run " + run + " has not ended").orElse("");
    }

    /// The run that makes this backup, while it is open: a task that was not sealed yet.
    private Optional<RunId> openRun(BackupRef ref) {
        var time = ref.backup().value().substring(0, ref.backup().value().indexOf('-'));
        var runs = new Runs(store);
        return runs.at(time).stream()
                .filter(run ->
                        RunIds.backup(run, kind(ref.backup()), ref.database()).equals(ref.backup()))
                .flatMap(run -> runs.find(run).stream())
                .filter(run -> !run.state().ended())
                .filter(run -> run.asked().plus(LONGEST_RUN).isAfter(now))
                .map(Run::run)
                .findFirst();
    }

    private List<PendingUpload> abandoned() {
        try (var uploads = store.pendingUploads("")) {
            return uploads.filter(upload -> upload.begun().plus(DEBRIS_AGE).isBefore(now))
                    .filter(upload ->
                            Folder.of(upload.key().value().split("/"))
                                    .filter(folder ->
                                            !leases.held(
                                                    Layout.backupLease(
                                                            folder.ref.server(),
                                                            folder.ref.database())))
                                    .filter(folder -> openRun(folder.ref).isEmpty())
                                    .isPresent())
                    .toList();
        }
    }

    // Documents

    private <T extends Versioned> void documents(
            List<ObjectKey> keys, Class<T> type, int format, BiConsumer<ObjectKey, T> use) {
        keys.stream()
                .gather(Concurrently.map(READS_IN_FLIGHT, store::document))
                .flatMap(Optional::stream)
                .forEach(document -> {
                    try {
                        use.accept(document.key(), Json.read(document, type, format));
                    } catch (Problem problem) {
                        unreadable(document.key(), problem);
                    }
                });
    }

    /// Whatever it is about, of this database nothing can be deleted any more.
    private void unreadable(ObjectKey key, Problem problem) {
        var path = key.value();
        var place =
                Stream.of(HOLDS, ACCEPTED, USUAL, DELETING, TIERS, LOCKS)
                        .filter(path::startsWith)
                        .findFirst()
                        .map(prefix -> path.substring(prefix.length()))
                        .orElse(path);
        // Names that no server can have are somebody else's objects.
        Folder.database(place.split("/"))
                .ifPresent(lane ->
                        holes.add(
                                new Hole(
                                        lane.server(),
                                        lane.database(),
                                        problem.what(),
                                        Hole.Hides.ITS_DATABASE)));
    }

    private void hole(BackupRef ref, String what, Hole.Hides hides) {
        holes.add(new Hole(ref.server(), ref.database(), what, hides));
    }

    private static Optional<Lane> lane(String below, ObjectKey key) {
        var segments = key.value().substring(below.length()).split("/");
        if (segments.length != 3) return Optional.empty();
        for (var kind : BackupKind.values())
            if (key.name().equals(kind.name().toLowerCase(Locale.ROOT) + ".json"))
                return Folder.database(segments)
                        .map(any -> new Lane(any.server(), any.database(), kind));
        return Optional.empty();
    }
}
