package io.pgvigil.core.run;

import java.time.Instant;
import java.util.List;

/// Removes what runs left behind outside the store.
public interface Sweeper {

    /// Removes what is past its time, and says what was done in one line each. Sweeping again is
    /// harmless.
    List<String> sweep(Instant now);
}
