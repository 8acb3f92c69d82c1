package io.pgvigil.core.run;

import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;

/// Says that a run is not over, `runs/open/<server>/<run>.json`: written before the run itself,
/// removed after it has ended and was announced. So nobody has to list all runs there ever were.
public record OpenRun(int format, ServerName server, RunId run, Instant asked)
        implements Versioned {
    public static final int FORMAT = 1;

    public static OpenRun of(Run run) {
        return new OpenRun(FORMAT, run.order().server(), run.run(), run.asked());
    }
}
