package io.pgvigil.core.run;

import io.pgvigil.core.RunId;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;

/// How far a task said it was, `runs/<run id>.progress.json`: written again and again while it works.
///
/// @param detail what the stage works on: a database, an object
/// @param bytes since the stage began
/// @param rows since the stage began; 0 where nobody counts them
/// @param expectedBytes how much the stage takes for all of it; 0 when it does not know
/// @param began when the stage did
/// @param at when the task said so
public record RunProgress(
        int format,
        RunId run,
        String stage,
        String detail,
        long bytes,
        long rows,
        long expectedBytes,
        Instant began,
        Instant at)
        implements Versioned {
    public static final int FORMAT = 1;
}
