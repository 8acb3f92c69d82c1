package io.pgvigil.retention;

import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.testkit.ForwardingObjectStore;
import java.util.Optional;
import java.util.function.BiConsumer;

/// Tells what is deleted, and as which version.
final class Watched extends ForwardingObjectStore {
    private final BiConsumer<ObjectKey, Optional<String>> deleted;

    Watched(ObjectStore inner, BiConsumer<ObjectKey, Optional<String>> deleted) {
        super(inner);
        this.deleted = deleted;
    }

    @Override
    public void delete(ObjectKey key) {
        deleted.accept(key, Optional.empty());
        super.delete(key);
    }

    @Override
    public void delete(ObjectKey key, Optional<String> version) {
        deleted.accept(key, version);
        super.delete(key, version);
    }
}
