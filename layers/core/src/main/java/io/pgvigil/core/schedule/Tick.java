package io.pgvigil.core.schedule;

import io.pgvigil.core.store.Versioned;
import java.time.Instant;

/// The last look at the timetable, `schedule/tick.json`: everything due until then has a run.
public record Tick(int format, Instant tick) implements Versioned {
    public static final int FORMAT = 1;

    public static Tick at(Instant tick) {
        return new Tick(FORMAT, tick);
    }
}
