package io.pgvigil.core.announce;

import io.pgvigil.core.store.Versioned;
import java.time.Duration;
import java.time.Instant;

/// Who tells the world about something, and whether that was done: `runs/<run id>.announced.json`.
///
/// @param subject what is told of, so that news about something else begins anew
/// @param claimed when somebody last set out to tell it
/// @param done whether it was told
public record Told(int format, String subject, Instant claimed, boolean done) implements Versioned {
    public static final int FORMAT = 1;

    /// After this long whoever set out to tell it is taken for dead.
    public static final Duration PATIENCE = Duration.ofMinutes(5);

    public static Told claim(String subject, Instant now) {
        return new Told(FORMAT, subject, now, false);
    }

    public Told confirm() {
        return new Told(format, subject, claimed, true);
    }

    /// Given back by somebody who could not tell it.
    public Told release() {
        return new Told(format, subject, Instant.EPOCH, false);
    }

    public boolean busy(Instant now) {
        return !done && claimed.plus(PATIENCE).isAfter(now);
    }
}
