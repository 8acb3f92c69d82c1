package io.pgvigil.retention;

import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.BackupFacts;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.retention.Hold;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Leases;
import io.pgvigil.wire.Manifests;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Deletes backups. Stopped anywhere, a backup is either whole or not there, and the next run finds
/// what is left of it. A store that says it deleted something and still shows it ends the run.
final class Expiry {
    private final ObjectStore store;
    private final Leases leases;
    private final Instant now;
    private final Set<BackupRef> stay = new HashSet<>();

    Expiry(ObjectStore store, Leases leases, Instant now) {
        this.store = store;
        this.leases = leases;
        this.now = now;
    }

    /// Deletes one backup, unless somebody began to need it after it was decided.
    ///
    /// @return `deleted`, or why it was not
    String expire(BackupFacts backup, String plan, String reason) {
        var ref = backup.ref();
        if (stay.contains(ref)) {
            stay.addAll(backup.needs());
            return "needed by a backup that stays";
        }
        // Say so first: who claims or holds it from now on sees this, and we see who did before.
        var deletion = announced(ref, plan, reason);
        if (deletion.isEmpty()) return AuditRecord.DELETED;
        var obstacle = obstacle(ref);
        if (obstacle.isPresent()) {
            stay.addAll(backup.needs());
            store.delete(Layout.deleting(ref.server(), ref.database(), ref.backup()));
            return obstacle.get();
        }
        return finish(deletion.get());
    }

    /// Deletes what is left of a backup whose deletion was begun.
    String finish(Deletion deletion) {
        var ref = deletion.backup();
        var manifest = Layout.of(ref.server(), ref.database(), ref.backup(), Layout.MANIFEST);
        // Manifest first: without it the backup no longer exists, whatever objects remain.
        try {
            store.delete(manifest);
        } catch (Problem problem) {
            if (problem.code() != ErrorCode.OBJECT_LOCKED) throw problem;
            store.delete(Layout.deleting(ref.server(), ref.database(), ref.backup()));
            return problem.what();
        }
        if (store.stat(manifest).isPresent()) throw stillThere(manifest);
        for (var key : deletion.keys()) if (!key.equals(manifest)) store.delete(key);

        // What no manifest names goes too.
        sweep(Layout.folder(ref.server(), ref.database(), ref.backup()));
        sweep(Layout.readLeases(ref.server(), ref.database(), ref.backup()));

        // Last: until then the next run finishes what we began.
        store.delete(Layout.deleting(ref.server(), ref.database(), ref.backup()));
        return AuditRecord.DELETED;
    }

    /// Deletes every object of a folder, and looks whether that is true.
    void sweep(String folder) {
        var left = left(folder);
        for (var key : left) store.delete(key);
        if (!left.isEmpty())
            left(folder).stream()
                    .findFirst()
                    .ifPresent(key -> {
                        throw stillThere(key);
                    });
    }

    private List<ObjectKey> left(String folder) {
        try (var objects = store.list(folder)) {
            return objects.map(StoredObject::key).toList();
        }
    }

    private Problem stillThere(ObjectKey key) {
        return new Problem(
                ErrorCode.STORE_FAILED,
                "%s was deleted from %s without an error and is there still"
                        .formatted(key, store.uri()),
                "Is somebody writing it anew, or does the store not delete? The next run tries"
                        + " again.");
    }

    /// What will be deleted; empty when the backup is not there any more.
    private Optional<Deletion> announced(BackupRef ref, String plan, String reason) {
        var key = Layout.of(ref.server(), ref.database(), ref.backup(), Layout.MANIFEST);
        var document = store.document(key);
        if (document.isEmpty()) return Optional.empty();
        var keys = new ArrayList<ObjectKey>();
        keys.add(key);
        for (var object : Manifests.read(document.get()).objects()) keys.add(object.key());
        var deletion = new Deletion(Deletion.FORMAT, ref, plan, reason, now, keys);
        store.put(
                Layout.deleting(ref.server(), ref.database(), ref.backup()), Json.bytes(deletion));
        return Optional.of(deletion);
    }

    /// Who needs the backup since the plan was made.
    private Optional<String> obstacle(BackupRef ref) {
        var hold =
                store.document(Layout.hold(ref.server(), ref.database(), ref.backup()))
                        .map(document -> Json.read(document, Hold.class, Hold.FORMAT))
                        .filter(one -> one.activeAt(now));
        if (hold.isPresent()) return Optional.of(hold.get() + "");
        try (var claims =
                store.list(Layout.readLeases(ref.server(), ref.database(), ref.backup()))) {
            return claims.map(StoredObject::key)
                    .filter(leases::held)
                    .findFirst()
                    .map(claim -> "in use: " + claim);
        }
    }
}
