package io.pgvigil.retention;

import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.retention.BackupFacts;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.retention.Hold;
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
/// what is left of it.
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
        for (var part : deletion.parts())
            if (part.key().equals(manifest)) store.delete(part.key(), part.version());
        for (var part : deletion.parts())
            if (!part.key().equals(manifest)) store.delete(part.key(), part.version());

        // What no manifest names, and what a copy of the store knows under another version.
        sweep(Layout.folder(ref.server(), ref.database(), ref.backup()));
        sweep(Layout.readLeases(ref.server(), ref.database(), ref.backup()));

        // Last: until then the next run finishes what we began.
        store.delete(Layout.deleting(ref.server(), ref.database(), ref.backup()));
        return AuditRecord.DELETED;
    }

    /// Deletes every object of a folder.
    void sweep(String folder) {
        List<StoredObject> left;
        try (var objects = store.list(folder)) {
            left = objects.toList();
        }
        for (var object : left)
            store.stat(object.key()).ifPresent(is -> store.delete(is.key(), is.versionId()));
    }

    /// What will be deleted; empty when the backup is not there any more.
    private Optional<Deletion> announced(BackupRef ref, String plan, String reason) {
        var key = Layout.of(ref.server(), ref.database(), ref.backup(), Layout.MANIFEST);
        var document = store.document(key);
        var stat = store.stat(key);
        if (document.isEmpty() || stat.isEmpty()) return Optional.empty();
        var parts = new ArrayList<Deletion.Part>();
        parts.add(new Deletion.Part(key, stat.get().versionId()));
        for (var object : Manifests.read(document.get()).objects())
            parts.add(new Deletion.Part(object.key(), object.versionId()));
        var deletion = new Deletion(Deletion.FORMAT, ref, plan, reason, now, parts);
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
