package io.pgvigil.runtime;

import io.pgvigil.core.RunId;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.run.TaskLauncher;
import io.pgvigil.wire.Runs;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/// Turns an order into one run with one task, however often it is delivered.
public final class Orders {
    // Whoever recorded a run starts its task within a second; after this long it never will.
    private static final Duration START_LIMIT = Duration.ofMinutes(2);

    private final Runs runs;
    private final TaskLauncher launcher;
    private final InstantSource clock;

    public Orders(Runs runs, TaskLauncher launcher, InstantSource clock) {
        this.runs = runs;
        this.launcher = launcher;
        this.clock = clock;
    }

    /// @param fresh whether this call started the task
    public record Placed(RunId run, RunState state, boolean fresh) {}

    /// @param due when it was due: then the time alone tells requests apart, whoever delivers them
    /// @param nonce the request's own id, which tells manual requests apart and is the same when the
    ///     platform delivers one again
    public Placed place(Order order, Optional<Instant> due, String nonce) {
        var now = clock.instant();
        var id =
                due.map(time -> RunIds.of(order, time, ""))
                        .orElseGet(() -> RunIds.of(order, firstAsked(order, nonce, now), nonce));
        if (!runs.ask(Run.asked(id, order, now))) {
            var known = runs.get(id);
            var abandoned =
                    known.state() == RunState.ASKED
                            && known.task().isEmpty()
                            && known.asked().plus(START_LIMIT).isBefore(now);
            if (!abandoned) return new Placed(id, known.state(), false);
        }
        return start(id);
    }

    // A retry of the platform comes minutes later, and the time is part of a run's id.
    private Instant firstAsked(Order order, String nonce, Instant now) {
        return runs.firstAsked(RunIds.request(order, nonce), now);
    }

    private Placed start(RunId id) {
        // The claim comes first: two deliveries may both have found the run abandoned.
        var mark = "starting-" + clock.instant();
        var claimed = runs.move(id, run -> run.state() == RunState.ASKED ? run.started(mark) : run);
        if (!claimed.task().equals(Optional.of(mark)))
            return new Placed(id, claimed.state(), false);
        try {
            var task = launcher.launch(claimed);
            return new Placed(id, runs.move(id, run -> run.started(task)).state(), true);
        } catch (RuntimeException e) {
            var problem =
                    e instanceof Problem known
                            ? known
                            : new Problem(
                                    ErrorCode.TASK_NOT_STARTED,
                                    "no task could be started for run " + id,
                                    "The cause is in the log.",
                                    e);
            runs.move(
                    id,
                    run ->
                            run.ended(
                                    RunState.FAILED,
                                    clock.instant(),
                                    Optional.of(Failure.of(problem))));
            throw problem;
        }
    }
}
