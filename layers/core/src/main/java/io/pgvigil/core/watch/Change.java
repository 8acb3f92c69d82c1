package io.pgvigil.core.watch;

import java.time.Instant;

/// What is worth telling about a finding.
///
/// @param standing as it stands now, or as it stood when it was last found
public record Change(Kind kind, Standing standing, Instant at) {
    public enum Kind {
        RAISED,
        ESCALATED,
        CLEARED
    }
}
