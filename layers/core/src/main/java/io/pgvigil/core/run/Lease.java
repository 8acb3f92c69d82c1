package io.pgvigil.core.run;

import io.pgvigil.core.RunId;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;

/// A claim in the store that expires by itself: `leases/…`.
///
/// Released by a conditional write of `released`, never by a delete, which could hit a successor.
///
/// @param host where the holder runs, and `pid` its process there, so that a successor on the same
///     host need not wait for a holder that is dead
public record Lease(
        int format, RunId holder, String host, long pid, Instant expires, boolean released)
        implements Versioned {
    public static final int FORMAT = 1;

    public boolean heldAt(Instant now) {
        return !released && now.isBefore(expires);
    }

    public Lease until(Instant later) {
        return new Lease(format, holder, host, pid, later, false);
    }

    public Lease release() {
        return new Lease(format, holder, host, pid, expires, true);
    }
}
