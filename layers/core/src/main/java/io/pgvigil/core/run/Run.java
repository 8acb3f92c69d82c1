package io.pgvigil.core.run;

import io.pgvigil.core.RunId;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;
import java.util.Optional;

/// The record of one attempt, `runs/<run id>.json`. Created once per request, then only moved on
/// by conditional writes.
///
/// @param task the launcher's own name of the task
/// @param size how large its container is to be; empty: as the task definition says
public record Run(
        int format,
        RunId run,
        Order order,
        RunState state,
        Instant asked,
        Optional<TaskSize> size,
        Optional<String> task,
        Optional<Instant> ended,
        Optional<Failure> failure)
        implements Versioned {
    public static final int FORMAT = 1;

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
                Optional.empty());
    }

    public Run sized(Optional<TaskSize> wanted) {
        return new Run(format, run, order, state, asked, wanted, task, ended, failure);
    }

    public Run started(String taskName) {
        return new Run(
                format,
                run,
                order,
                RunState.STARTED,
                asked,
                size,
                Optional.of(taskName),
                ended,
                failure);
    }

    public Run ended(RunState state, Instant now, Optional<Failure> why) {
        if (!state.ended()) throw new IllegalArgumentException(state + " is not an end");
        return new Run(format, run, order, state, asked, size, task, Optional.of(now), why);
    }
}
