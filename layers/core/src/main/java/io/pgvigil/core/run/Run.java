package io.pgvigil.core.run;

import io.pgvigil.core.RunId;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;
import java.util.Optional;

/// The record of one attempt, `runs/<run id>.json`. Created once per request, then only moved on
/// by conditional writes.
///
/// @param turn its place in the queue; empty for a run that somebody sits and waits for
/// @param size how large its container is to be; empty: as the task definition says
/// @param task the launcher's own name of the task; while one is being started, `starting-…`
/// @param started when that began
public record Run(
        int format,
        RunId run,
        Order order,
        RunState state,
        Instant asked,
        Optional<Turn> turn,
        Optional<TaskSize> size,
        Optional<String> task,
        Optional<Instant> started,
        Optional<Instant> ended,
        Optional<Failure> failure)
        implements Versioned {
    public static final int FORMAT = 1;

    private static final String STARTING = "starting-";

    public static Run asked(RunId run, Order order, Instant now) {
        return new Run(
                FORMAT,
                run,
                order,
                RunState.ASKED,
                now,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /// Waits for its turn.
    public static Run queued(RunId run, Order order, Instant now, Turn turn) {
        return asked(run, order, now)
                .with(RunState.QUEUED, Optional.of(turn), Optional.empty(), Optional.empty());
    }

    public Run sized(Optional<TaskSize> wanted) {
        return new Run(
                format, run, order, state, asked, turn, wanted, task, started, ended, failure);
    }

    public Run started(String taskName) {
        return with(RunState.STARTED, turn, Optional.of(taskName), started);
    }

    /// Claimed by whoever is about to start its task.
    ///
    /// @param claim tells apart those who try at the same time
    public Run starting(Instant now, String claim, Optional<Integer> slot) {
        return with(
                RunState.STARTED,
                turn.map(place -> place.in(slot)),
                Optional.of(STARTING + claim),
                Optional.of(now));
    }

    /// Whether this claim on it holds.
    public boolean startedBy(String claim) {
        return task.equals(Optional.of(STARTING + claim));
    }

    /// Whether a task is being started, or whoever did that died meanwhile.
    public boolean starting() {
        return state == RunState.STARTED
                && task.filter(name -> name.startsWith(STARTING)).isPresent();
    }

    /// Back in the queue.
    ///
    /// @param why no task could be started; empty when nobody knows whether that was tried
    public Run requeued(Optional<Failure> why) {
        return with(
                RunState.QUEUED,
                turn.map(place -> place.again(why)),
                Optional.empty(),
                Optional.empty());
    }

    public Run ended(RunState state, Instant now, Optional<Failure> why) {
        if (!state.ended()) throw new IllegalArgumentException(state + " is not an end");
        return new Run(
                format, run, order, state, asked, turn, size, task, started, Optional.of(now), why);
    }

    private Run with(
            RunState next, Optional<Turn> place, Optional<String> name, Optional<Instant> since) {
        return new Run(format, run, order, next, asked, place, size, name, since, ended, failure);
    }
}
