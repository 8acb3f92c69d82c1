package io.pgvigil.task;

import io.pgvigil.core.RunId;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.wire.Leases;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Holds a claim for as long as it is open, renewing it well before it ends.
///
/// When the claim is lost, the thread that took it is interrupted: somebody else does the work now.
final class LeaseKeeper implements AutoCloseable {
    private static final Duration RENEW_EVERY = Leases.LENGTH.dividedBy(4);

    private final Leases.Held held;
    private final Thread owner = Thread.currentThread();
    private final Thread keeper;
    private final AtomicReference<@Nullable Problem> lost = new AtomicReference<>();

    private LeaseKeeper(Leases.Held held) {
        this.held = held;
        keeper = Thread.ofVirtual().name("lease keeper").start(this::keep);
    }

    /// Takes the claim or says who has it.
    static LeaseKeeper take(Leases leases, ObjectKey key, RunId run) {
        return switch (leases.claim(key, run)) {
            case Leases.Claim.Taken(var held) -> new LeaseKeeper(held);
            case Leases.Claim.Busy(var lease) ->
                    throw new Problem(
                            ErrorCode.RUN_IN_PROGRESS,
                            "run "
                                    + lease.holder()
                                    + " on "
                                    + lease.host()
                                    + " is at work on the same database",
                            "Let it finish. If that host is gone, its claim ends by itself at "
                                    + lease.expires()
                                    + ".");
        };
    }

    private void keep() {
        try {
            while (true) {
                Thread.sleep(RENEW_EVERY);
                try {
                    held.renew();
                } catch (Problem problem) {
                    // A store that does not answer may answer next time, and the lease still runs.
                    if (problem.transientFailure()) continue;
                    lost.set(problem);
                    owner.interrupt();
                    return;
                }
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    /// Throws when the claim is no longer ours; called before anything that must not happen twice.
    void requireHeld() {
        var problem = lost.get();
        if (problem != null) throw problem;
        held.renew();
    }

    @Override
    public void close() {
        keeper.interrupt();
        held.close();
    }
}
