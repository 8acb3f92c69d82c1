package io.pgvigil.core.run;

import io.pgvigil.core.retrieval.Retrieval;
import java.time.Instant;
import java.util.Optional;

/// A run's place in its server's queue. Stored with the run, so that whoever starts or closes runs
/// needs no configuration.
///
/// @param atOnce how many runs may use the server at the same time; empty for a run that does not use
///     it, such as a drill, which waits for nobody
/// @param since when it was due or asked for; the oldest is started first
/// @param until when nobody tries to start it any longer
/// @param tries how often no task could be started for it
/// @param slot the slot it was started in
/// @param lastTry why no task could be started the last time
/// @param retrieval what must come back from an archive class before it can be started
public record Turn(
        Optional<Integer> atOnce,
        Instant since,
        Instant until,
        int tries,
        Optional<Integer> slot,
        Optional<Failure> lastTry,
        Optional<Retrieval> retrieval) {
    public Turn {
        if (atOnce.filter(limit -> limit < 1).isPresent())
            throw new IllegalArgumentException("at least one run may go, was " + atOnce.get());
    }

    public static Turn of(Optional<Integer> atOnce, Instant since, Instant until) {
        return new Turn(
                atOnce, since, until, 0, Optional.empty(), Optional.empty(), Optional.empty());
    }

    public Turn after(Optional<Retrieval> what) {
        return new Turn(atOnce, since, until, tries, slot, lastTry, what);
    }

    Turn in(Optional<Integer> taken) {
        return new Turn(atOnce, since, until, tries, taken, lastTry, retrieval);
    }

    Turn again(Optional<Failure> why) {
        return new Turn(
                atOnce,
                since,
                until,
                why.isPresent() ? tries + 1 : tries,
                Optional.empty(),
                why.or(() -> lastTry),
                retrieval);
    }

    public boolean over(Instant now) {
        return now.isAfter(until);
    }
}
