package io.pgvigil.watch;

import java.time.Instant;
import java.util.Optional;

/// The event of the scheduler.
///
/// @param watch the time it was scheduled for; what counts is the time when it is looked
public record WatchRequested(Optional<Instant> watch) {}
