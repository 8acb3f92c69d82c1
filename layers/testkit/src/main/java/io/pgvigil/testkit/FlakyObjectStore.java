package io.pgvigil.testkit;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectStore;
import java.util.function.Supplier;

/// A store that is not reachable for its first calls, reading or writing, and well afterwards. A
/// call that fails changes nothing.
public final class FlakyObjectStore extends ForwardingObjectStore {
    private int failures;
    private int patience;

    public FlakyObjectStore(ObjectStore inner, int failures) {
        super(inner);
        this.failures = failures;
    }

    /// Does not answer one call: the one after the first `calls`.
    public static FlakyObjectStore once(ObjectStore inner, int calls) {
        var flaky = new FlakyObjectStore(inner, 1);
        flaky.patience = calls;
        return flaky;
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
        if (patience > 0) {
            patience--;
            return;
        }
        if (failures == 0) return;
        failures--;
        throw new Problem(
                ErrorCode.STORE_UNREACHABLE, "the store does not answer", "Try again later.");
    }
}
