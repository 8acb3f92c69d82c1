package io.pgvigil.retention;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.PendingUpload;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.testkit.ForwardingObjectStore;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// Counts reading calls, and does not answer one of them.
final class Counting extends ForwardingObjectStore {
    private final int failing;
    private final AtomicInteger calls = new AtomicInteger();

    Counting(ObjectStore inner, int failing) {
        super(inner);
        this.failing = failing;
    }

    int count() {
        return calls.get();
    }

    private void call() {
        if (calls.getAndIncrement() == failing)
            throw new Problem(
                    ErrorCode.STORE_UNREACHABLE, "the store does not answer", "Try again later.");
    }

    @Override
    public Optional<StoredObject> stat(ObjectKey key) {
        call();
        return super.stat(key);
    }

    @Override
    public Optional<Document> document(ObjectKey key) {
        call();
        return super.document(key);
    }

    @Override
    public Stream<StoredObject> list(String prefix) {
        call();
        return super.list(prefix);
    }

    @Override
    public Stream<PendingUpload> pendingUploads(String prefix) {
        call();
        return super.pendingUploads(prefix);
    }
}
