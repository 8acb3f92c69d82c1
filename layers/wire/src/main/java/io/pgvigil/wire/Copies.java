package io.pgvigil.wire;

import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.copy.CopyRecord;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.store.StoredObject;
import java.util.List;
import java.util.Optional;

/// What is written down of copies, beside the manifests of a store.
public final class Copies {
    private final ObjectReader store;

    public Copies(ObjectReader store) {
        this.store = store;
    }

    public Optional<CopyRecord> find(Manifest manifest, StoreUri to) {
        return store.document(
                        Layout.copy(manifest.server(), manifest.database(), manifest.backup(), to))
                .flatMap(Copies::read);
    }

    /// Every copy of a backup.
    public List<CopyRecord> of(Manifest manifest) {
        try (var objects =
                store.list(
                        Layout.copies(manifest.server(), manifest.database(), manifest.backup()))) {
            return objects.map(StoredObject::key).toList().stream()
                    .flatMap(key -> store.document(key).stream())
                    .flatMap(document -> read(document).stream())
                    .toList();
        }
    }

    /// What cannot be believed says of no copy.
    private static Optional<CopyRecord> read(Document document) {
        try {
            return Optional.of(Json.read(document, CopyRecord.class, CopyRecord.FORMAT));
        } catch (Problem unreadable) {
            return Optional.empty();
        }
    }
}
