package io.pgvigil.backup;

import java.time.Instant;

/// The event of the scheduler.
///
/// @param tick the time it was scheduled for
public record Ticked(Instant tick) {}
