package io.pgvigil.task;

import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.ObjectUpload;
import io.pgvigil.testkit.ForwardingObjectStore;

/// A store that does not let one kind of object begin.
final class Refusing extends ForwardingObjectStore {
    private final String name;
    private final Problem refusal;

    Refusing(ObjectStore inner, String name, Problem refusal) {
        super(inner);
        this.name = name;
        this.refusal = refusal;
    }

    @Override
    public ObjectUpload upload(ObjectKey key) {
        if (key.name().equals(name)) throw refusal;
        return super.upload(key);
    }
}
