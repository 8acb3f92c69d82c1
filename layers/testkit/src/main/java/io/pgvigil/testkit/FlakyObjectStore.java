package io.pgvigil.testkit;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectStore;
import java.util.function.Supplier;

/// A store that is not reachable for its first calls, reading or writing, and well afterwards. A
/// call that fails changes nothing.
public final class FlakyObjectStore extends ForwardingObjectStore {
    private int failures;

    public FlakyObjectStore(ObjectStore inner, int failures) {
        super(inner);
        this.failures = failures;
    }

    /// Makes the next calls fail, too.
    public synchronized void failAgain(int times) {
        failures += times;
    }

    @Override
    <T> T reading(Supplier<T> call) {
        fail();
        return call.get();
    }

    @Override
    <T> T writing(long bytes, Supplier<T> call) {
        fail();
        return call.get();
    }

    private synchronized void fail() {
        if (failures == 0) return;
        failures--;
        throw new Problem(
                ErrorCode.STORE_UNREACHABLE, "the store does not answer", "Try again later.");
    }
}
