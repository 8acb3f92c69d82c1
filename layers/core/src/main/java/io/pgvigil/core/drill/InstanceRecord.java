package io.pgvigil.core.drill;

import io.pgvigil.core.RunId;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;
import java.util.Optional;

/// The record of a temporary instance in RDS, `runs/<run id>.instance.json`. Written before the
/// instance is asked for, so that whatever happens next somebody knows its name.
///
/// @param instance its identifier in RDS, derived from store, stack and run
/// @param asked when it was about to be asked for
/// @param expires after this moment anybody may delete it
/// @param deleted when RDS took the order to delete it, or had no such instance
public record InstanceRecord(
        int format,
        RunId run,
        String stack,
        String instance,
        Instant asked,
        Instant expires,
        Optional<Instant> deleted)
        implements Versioned {
    public static final int FORMAT = 1;

    public static InstanceRecord planned(
            RunId run, String stack, String instance, Instant now, Instant expires) {
        return new InstanceRecord(FORMAT, run, stack, instance, now, expires, Optional.empty());
    }

    public InstanceRecord gone(Instant now) {
        return new InstanceRecord(format, run, stack, instance, asked, expires, Optional.of(now));
    }
}
