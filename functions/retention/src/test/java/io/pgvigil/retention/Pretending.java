package io.pgvigil.retention;

import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.testkit.ForwardingObjectStore;
import java.util.function.Predicate;

/// Says of some objects that it deleted them.
final class Pretending extends ForwardingObjectStore {
    private final Predicate<ObjectKey> about;

    Pretending(ObjectStore inner, Predicate<ObjectKey> about) {
        super(inner);
        this.about = about;
    }

    @Override
    public void delete(ObjectKey key) {
        if (!about.test(key)) super.delete(key);
    }
}
