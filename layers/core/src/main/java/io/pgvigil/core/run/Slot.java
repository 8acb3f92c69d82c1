package io.pgvigil.core.run;

import io.pgvigil.core.RunId;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;

/// Room for one run of a server, `leases/_slots/<server>/<n>.json`, and the run that has it.
///
/// @param confirmed whether that run was started in it; written once more then, so that whoever read
///     the slot before cannot take it any longer
/// @param released whether the run gave it back without having ended
public record Slot(int format, RunId run, Instant taken, boolean confirmed, boolean released)
        implements Versioned {
    public static final int FORMAT = 1;

    public static Slot takenBy(RunId run, Instant now) {
        return new Slot(FORMAT, run, now, false, false);
    }

    public Slot confirm() {
        return new Slot(format, run, taken, true, false);
    }

    public Slot release() {
        return new Slot(format, run, taken, confirmed, true);
    }
}
