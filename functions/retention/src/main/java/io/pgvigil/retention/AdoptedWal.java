package io.pgvigil.retention;

import io.pgvigil.core.ServerName;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.core.wal.Adopted;
import io.pgvigil.wire.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Removes from `_wal/incoming/` what a harvest adopted a day ago or earlier: it is in the log since.
final class AdoptedWal {
    private static final Duration AGE = Duration.ofDays(1);
    private static final String NOTES = "leases/_incoming/";
    private static final String ENDING = ".json";

    private final ObjectStore store;

    AdoptedWal(ObjectStore store) {
        this.store = store;
    }

    /// What was removed.
    ///
    /// @param format of this document
    record Removed(int format, List<ObjectKey> removed) {}

    List<ObjectKey> remove(Instant now) {
        List<ObjectKey> notes;
        try (var found = store.list(NOTES)) {
            notes = found.map(StoredObject::key).toList();
        }
        var removed = new ArrayList<ObjectKey>();
        for (var note : notes)
            server(note).ifPresent(server -> removed.addAll(remove(server, note, now)));
        return List.copyOf(removed);
    }

    private List<ObjectKey> remove(ServerName server, ObjectKey note, Instant now) {
        var adopted = adopted(note);
        List<ObjectKey> going;
        try (var objects = store.list(Layout.incoming(server))) {
            // Changed since, it is another object: the next harvest looks at it.
            going =
                    objects.filter(object ->
                                    adopted.of(object)
                                            .filter(entry -> !entry.at().plus(AGE).isAfter(now))
                                            .isPresent())
                            .map(StoredObject::key)
                            .toList();
        }
        going.forEach(store::delete);
        return going;
    }

    private Adopted adopted(ObjectKey note) {
        try {
            return store.document(note)
                    .map(document -> Json.read(document, Adopted.class, Adopted.FORMAT))
                    .orElse(Adopted.NOTHING);
        } catch (Problem unreadable) {
            if (unreadable.transientFailure()) throw unreadable;
            // Nothing is removed without it; the next harvest writes it anew.
            return Adopted.NOTHING;
        }
    }

    private static Optional<ServerName> server(ObjectKey note) {
        var name = note.value().substring(NOTES.length());
        if (!name.endsWith(ENDING)) return Optional.empty();
        try {
            return Optional.of(new ServerName(name.substring(0, name.length() - ENDING.length())));
        } catch (Problem notOurs) {
            return Optional.empty();
        }
    }
}
