package io.pgvigil.testkit;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectStore;
import java.util.function.Supplier;

/// A store with room for a number of bytes. A write that does not fit fails with `STORE_FULL` and
/// leaves nothing; what was written counts, even when it is deleted later.
public final class FullObjectStore extends ForwardingObjectStore {
    private long room;

    public FullObjectStore(ObjectStore inner, long room) {
        super(inner);
        this.room = room;
    }

    @Override
    <T> T writing(long bytes, Supplier<T> call) {
        synchronized (this) {
            if (bytes > room)
                throw new Problem(
                        ErrorCode.STORE_FULL,
                        "no space left in the store",
                        "Free some space and run it again.");
            room -= bytes;
        }
        return call.get();
    }
}
