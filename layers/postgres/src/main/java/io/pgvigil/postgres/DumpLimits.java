package io.pgvigil.postgres;

import java.time.Duration;

/// How long a dump may wait for a lock, and how long it may take as a whole.
public record DumpLimits(Duration lockWait, Duration longest) {
    /// A lock that a migration holds longer than this fails the run, which is then tried again: a dump that
    /// waits keeps its snapshot and its own locks, and the migration may be waiting for those.
    public static final DumpLimits STANDARD =
            new DumpLimits(Duration.ofMinutes(5), Duration.ofHours(12));

    public DumpLimits {
        if (lockWait.toMillis() < 1 || lockWait.toMillis() > Integer.MAX_VALUE)
            throw new IllegalArgumentException(
                    "a lock wait is between 1 ms and 24 days, was " + lockWait);
        if (!longest.isPositive())
            throw new IllegalArgumentException("a longest duration must be positive: " + longest);
    }
}
