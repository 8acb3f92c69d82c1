package io.pgvigil.watch;

import java.time.Instant;
import java.util.Optional;

/// The event of the scheduler, or of a person who wants to know whether the channels work.
///
/// @param watch the time it was scheduled for; what counts is the time when it is looked
/// @param testChannels send a test message to everybody who is told, and look at nothing
public record WatchRequested(Optional<Instant> watch, boolean testChannels) {}
