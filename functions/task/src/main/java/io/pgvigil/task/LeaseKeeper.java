package io.pgvigil.task;

import io.pgvigil.aws.StoppableThread;
import io.pgvigil.core.RunId;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.wire.Leases;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Holds a claim for as long as it is open, renewing it well before it ends.
///
/// When the claim is lost, the thread that took it is interrupted: somebody else does the work now.
final class LeaseKeeper implements AutoCloseable {
    private static final Duration RENEW_EVERY = Leases.LENGTH.dividedBy(4);

    private final Leases.Held held;
    private final Thread owner = Thread.currentThread();
    private final Thread keeper;
    private @Nullable Problem lost;
    private boolean closed;

    private LeaseKeeper(Leases.Held held) {
        this.held = held;
        keeper = StoppableThread.start("lease keeper", this::keep);
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
                    tellOwner(problem);
                    return;
                }
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void tellOwner(Problem problem) {
        // Once the work is done there is nobody to stop, and the failure may be that of an
        // interrupt.
        if (closed) return;
        lost = problem;
        owner.interrupt();
    }

    /// Throws when the claim is no longer ours; called before anything that must not happen twice.
    void requireHeld() {
        synchronized (this) {
            if (lost != null) throw lost;
        }
        held.renew();
    }

    /// The reason for a failure: once the claim was lost, whatever failed did so because of that.
    synchronized Problem reason(Problem failure) {
        return lost == null ? failure : lost;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            // The interrupt was ours and has done its work; what comes next was not meant.
            if (lost != null) Thread.interrupted();
        }
        keeper.interrupt();
        // A cancelled run gives its claim back, too.
        Uninterrupted.run(this::release);
    }

    private void release() {
        try {
            held.close();
        } catch (Problem notReleased) {
            // Seal releases it, and if that fails it ends by itself: no reason to fail the work.
        }
    }
}
