package io.pgvigil.task.restore;

import io.pgvigil.aws.TagNames;
import io.pgvigil.aws.pitr.RdsPointInTime;
import io.pgvigil.aws.pitr.RdsRestoreWish;
import io.pgvigil.core.managed.ManagedRestore;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.task.Progress;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Has RDS restore a server to a moment, into a new one that stays, and waits for it.
///
/// Told to stop, it stops waiting: what was asked for goes on in RDS.
public final class ServiceRestore {
    private final RdsPointInTime rds;
    private final Optional<String> stack;
    private final Progress progress;
    private final InstantSource clock;

    /// @param stack in whose name; empty: nobody's
    public ServiceRestore(
            RdsPointInTime rds, Optional<String> stack, Progress progress, InstantSource clock) {
        this.rds = rds;
        this.stack = stack;
        this.progress = progress;
        this.clock = clock;
    }

    public static ServiceRestore from(
            Map<String, String> environment, Progress progress, InstantSource clock) {
        return new ServiceRestore(
                RdsPointInTime.from(environment),
                Optional.ofNullable(environment.get("PGVIGIL_STACK")),
                progress,
                clock);
    }

    public ManagedRestore run(Run run, Order.PointInTime order) {
        var started = clock.instant();
        var wish = wish(run, order);
        var plan = rds.plan(wish);
        progress.stage("restore", order.id() + " in RDS", 0);
        var made =
                order.dryRun()
                        ? Optional.<ManagedRestore.Made>empty()
                        : Optional.of(rds.restore(wish, progress::note))
                                .map(there ->
                                        new ManagedRestore.Made(
                                                there.instance(), there.host(), there.port()));
        return new ManagedRestore(
                ManagedRestore.FORMAT,
                run.run(),
                order.server(),
                plan.source(),
                order.id(),
                order.at(),
                plan.latest(),
                order.dryRun(),
                started,
                clock.instant(),
                plan.steps(),
                made);
    }

    private RdsRestoreWish wish(Run run, Order.PointInTime order) {
        // Who made the new server, for the bill and for the policy that lets the task make none
        // without it.
        var tags = new HashMap<>(Map.of(TagNames.RUN, run.run().value()));
        stack.ifPresent(name -> tags.put(TagNames.STACK, name));
        return new RdsRestoreWish(
                order.source(),
                order.id(),
                order.at(),
                order.subnetGroup(),
                order.securityGroups(),
                order.instanceClass(),
                tags);
    }
}
