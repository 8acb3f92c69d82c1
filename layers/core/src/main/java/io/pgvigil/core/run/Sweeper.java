package io.pgvigil.core.run;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Removes what no task can remove any more because it died: temporary instances above all.
public interface Sweeper {
    /// Nothing of ours is left anywhere.
    Sweeper NONE = now -> List.of();

    /// Removes what is past its time and returns a line for each thing removed. Sweeping twice does
    /// no harm.
    List<String> sweep(Instant now);

    /// How old the oldest temporary instance is; empty when there is none.
    default Optional<Duration> oldest(Instant now) {
        return Optional.empty();
    }
}
