package io.pgvigil.retention;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.retention.BackupFacts;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.retention.Lane;
import io.pgvigil.core.retention.Storage;
import io.pgvigil.core.retention.Verdict;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Leases;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Tells the store where backups are to lie. All objects of a backup go together, except what is read
/// before anything else. Stopped anywhere, the next run tells again, which changes nothing.
final class Moves {
    private final ObjectStore store;
    private final Leases leases;
    private final Instant now;

    Moves(ObjectStore store, Leases leases, Instant now) {
        this.store = store;
        this.leases = leases;
        this.now = now;
    }

    /// @param left the backups that are still there, by lane
    List<AuditRecord.Moved> carryOut(List<Verdict.Move> moves, Map<Lane, List<BackupFacts>> left) {
        var wanted = new HashMap<BackupRef, Verdict.Move>();
        moves.forEach(move -> wanted.put(move.backup(), move));
        var outcomes = new ArrayList<AuditRecord.Moved>();
        new TreeMap<>(left)
                .forEach((lane, backups) -> {
                    if (backups.stream().anyMatch(one -> wanted.containsKey(one.ref())))
                        lane(lane, backups, wanted, outcomes);
                });
        return outcomes;
    }

    private void lane(
            Lane lane,
            List<BackupFacts> backups,
            Map<BackupRef, Verdict.Move> wanted,
            List<AuditRecord.Moved> outcomes) {
        var assigned = new HashMap<BackupId, Storage.Assigned>();
        for (var backup : backups) {
            backup.storage()
                    .assigned()
                    .ifPresent(known -> assigned.put(backup.ref().backup(), known));
            var move = wanted.get(backup.ref());
            if (move == null) continue;
            var obstacle = obstacle(move);
            if (obstacle.isEmpty()) {
                tell(move);
                assigned.put(
                        backup.ref().backup(), new Storage.Assigned(move.tier(), move.to(), now));
            }
            outcomes.add(
                    AuditRecord.Moved.of(move).outcome(obstacle.orElse(AuditRecord.Moved.TOLD)));
        }
        store.put(
                Layout.tiers(lane.server(), lane.database(), lane.kind()),
                Json.bytes(new Assignments(Assignments.FORMAT, assigned)));
    }

    private void tell(Verdict.Move move) {
        var ref = move.backup();
        List<StoredObject> objects;
        try (var listed = store.list(Layout.folder(ref.server(), ref.database(), ref.backup()))) {
            objects = listed.filter(Folder::movable).toList();
        }
        for (var object : objects) store.assign(object.key(), move.tier().word(), move.to());
    }

    /// Somebody who reads it now must not find it frozen halfway.
    private Optional<String> obstacle(Verdict.Move move) {
        if (move.to().readable()) return Optional.empty();
        var ref = move.backup();
        try (var claims =
                store.list(Layout.readLeases(ref.server(), ref.database(), ref.backup()))) {
            return claims.map(StoredObject::key)
                    .filter(leases::held)
                    .findFirst()
                    .map(claim -> "in use: " + claim);
        }
    }
}
