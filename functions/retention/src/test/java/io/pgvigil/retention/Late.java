package io.pgvigil.retention;

import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.testkit.ForwardingObjectStore;

/// Somebody else acts right after an object was put.
final class Late extends ForwardingObjectStore {
    private final ObjectKey moment;
    private final Runnable others;

    Late(ObjectStore inner, ObjectKey moment, Runnable others) {
        super(inner);
        this.moment = moment;
        this.others = others;
    }

    @Override
    public void put(ObjectKey key, byte[] content) {
        super.put(key, content);
        if (key.equals(moment)) others.run();
    }
}
