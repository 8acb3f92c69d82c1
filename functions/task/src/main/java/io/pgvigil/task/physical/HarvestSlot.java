package io.pgvigil.task.physical;

import io.pgvigil.core.connect.LoginSource;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.postgres.physical.Replication;
import io.pgvigil.postgres.physical.SourceCluster;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;

/// The slot for which a server keeps its log between two harvests.
final class HarvestSlot {
    private static final Duration SETTLE_PAUSE = Duration.ofMillis(250);
    private static final int SETTLE_ATTEMPTS = 20;

    private final Order.Harvest order;
    private final LoginSource logins;
    private final SourceCluster source;
    private final InstantSource clock;

    HarvestSlot(
            Order.Harvest order, LoginSource logins, SourceCluster source, InstantSource clock) {
        this.order = order;
        this.logins = logins;
        this.source = source;
        this.clock = clock;
    }

    String name() {
        return order.slot();
    }

    /// One that keeps the log; made, or made again after the server gave it up.
    ///
    /// @param notice is told when it was given up
    SourceCluster.Slot ready(Consumer<String> notice) {
        var known = settled();
        if (known.isPresent() && known.get().active())
            throw new Problem(
                    ErrorCode.SLOT_BUSY,
                    "slot " + name() + " is being read by somebody",
                    "Let it finish. If it is not pgvigil, give the harvest a slot of its own.");
        var lost =
                known.isPresent()
                        && (known.get().restart().isEmpty()
                                || known.get().status().equals(Optional.of("lost")));
        if (known.isPresent() && !lost) return known.get();
        requireGuard();
        try (var replication = Replication.connect(logins.login(), clock)) {
            if (lost) {
                replication.dropSlot(name());
                notice.accept(
                        "slot "
                                + name()
                                + " was lost: the server no longer kept the WAL it stood for. It was made"
                                + " again");
            }
            replication.createSlot(name());
        }
        return source.slot(name())
                .orElseThrow(() ->
                        new Problem(
                                ErrorCode.REPLICATION_REFUSED,
                                "slot " + name() + " was made and is not there",
                                "Does anything else drop slots on this server?"));
    }

    /// As it is once nobody reads it, or after a while in any case: the server takes a moment to notice
    /// that the last reader has gone.
    Optional<SourceCluster.Slot> settled() {
        for (var attempt = 1; ; attempt++) {
            var known = source.slot(name());
            var busy = known.isPresent() && known.get().active();
            if (!busy || attempt == SETTLE_ATTEMPTS) return known;
            pause();
        }
    }

    private void pause() {
        try {
            Thread.sleep(SETTLE_PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(
                    ErrorCode.RUN_CANCELLED,
                    "the harvest was cancelled",
                    "What is stored is stored; the next one goes on from there.",
                    e);
        }
    }

    private void requireGuard() {
        if (order.unlimited() || source.slotLimit().isPresent()) return;
        throw new Problem(
                ErrorCode.SLOT_UNGUARDED,
                "the server has no max_slot_wal_keep_size: a slot that nobody reads would fill its"
                        + " disk",
                "Set it, to half of the free space for example, and reload; or say that you want the"
                        + " slot without it.");
    }
}
