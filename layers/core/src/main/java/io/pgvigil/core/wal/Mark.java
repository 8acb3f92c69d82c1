package io.pgvigil.core.wal;

import io.pgvigil.core.Lsn;
import java.time.Instant;

/// A moment at which a server's log was seen to end at a position: what committed before lies before
/// it. Both by the server's own word.
public record Mark(TimelineId timeline, Lsn end, Instant at) {}
