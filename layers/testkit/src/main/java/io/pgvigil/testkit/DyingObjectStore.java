package io.pgvigil.testkit;

import io.pgvigil.core.store.ObjectStore;
import java.util.function.Supplier;

/// A process that dies at a chosen writing call: this call and everything after it fails, and
/// nothing is cleaned up, as after kill -9.
///
/// Writing calls are `create`, `replace`, `put`, `delete`, `abort`, `upload`, and of an upload each
/// `write` and `complete`. Run once with [#never] and ask [#writingCalls()] to know all the moments
/// there are; then die at each of them.
public final class DyingObjectStore extends ForwardingObjectStore {
    private final int last;
    private final boolean deedIsDone;
    private final RuntimeException death;
    private int calls;
    private boolean dead;

    /// Dies instead of the writing call after the first `calls`, with the message `killed`.
    public DyingObjectStore(ObjectStore inner, int calls) {
        this(inner, calls, new IllegalStateException("killed"));
    }

    public DyingObjectStore(ObjectStore inner, int calls, RuntimeException death) {
        this(inner, calls, death, false);
    }

    private DyingObjectStore(
            ObjectStore inner, int calls, RuntimeException death, boolean deedIsDone) {
        super(inner);
        this.last = calls;
        this.death = death;
        this.deedIsDone = deedIsDone;
    }

    /// Dies with the writing call after the first `calls` done and its answer never seen.
    public static DyingObjectStore withoutTheAnswer(ObjectStore inner, int calls) {
        return new DyingObjectStore(inner, calls, new IllegalStateException("killed"), true);
    }

    /// Only counts.
    public static DyingObjectStore never(ObjectStore inner) {
        return new DyingObjectStore(inner, Integer.MAX_VALUE);
    }

    public synchronized int writingCalls() {
        return calls;
    }

    public synchronized boolean dead() {
        return dead;
    }

    @Override
    synchronized <T> T reading(Supplier<T> call) {
        if (dead) throw death;
        return call.get();
    }

    @Override
    synchronized <T> T writing(long bytes, Supplier<T> call) {
        if (dead) throw death;
        if (calls == last) {
            dead = true;
            if (deedIsDone) {
                var _ = call.get();
            }
            throw death;
        }
        calls++;
        return call.get();
    }

    @Override
    synchronized boolean closes() {
        return !dead;
    }
}
