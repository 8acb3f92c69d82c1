package io.pgvigil.retention;

import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.testkit.ForwardingObjectStore;
import java.util.stream.Stream;

/// A store whose archives look a billion times as large as they are, where it is listed.
final class Huge extends ForwardingObjectStore {
    static final long TIMES = 1L << 30;

    Huge(ObjectStore inner) {
        super(inner);
    }

    @Override
    public Stream<StoredObject> list(String prefix) {
        return super.list(prefix)
                .map(object ->
                        object.key().name().equals(Layout.DATA)
                                ? new StoredObject(
                                        object.key(),
                                        object.size() * TIMES,
                                        object.modified(),
                                        object.crc32c(),
                                        object.versionId(),
                                        object.storageClass())
                                : object);
    }

    static Manifest.ManifestObject object(Manifest.ManifestObject object) {
        return object.role().equals("data")
                ? new Manifest.ManifestObject(
                        object.role(),
                        object.key(),
                        object.size() * TIMES,
                        object.crc32c(),
                        object.versionId())
                : object;
    }
}
