package io.pgvigil.report;

import io.pgvigil.core.watch.Finding;
import io.pgvigil.core.watch.WatchFacts;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What is known of a store, and what of it is not as it should be. The deployed function takes what watch
/// left there; a command looks for itself.
public interface Sight {
    Seen see(Instant now);

    /// @param looked when watch looked last
    record Seen(WatchFacts facts, List<Finding> findings, Optional<Instant> looked) {}
}
