package io.pgvigil.core.watch;

import io.pgvigil.core.announce.Announcement.Severity;
import java.time.Duration;
import java.time.Instant;

/// A finding that stands, from the look that found it first to the one that does not find it any more.
///
/// @param first the look that found it first
/// @param told its severity when it was last announced
public record Standing(Finding finding, Instant first, Severity told) {

    /// A warning that stands for so long is said once more, as critical.
    public static final Duration PATIENCE = Duration.ofDays(1);

    public String key() {
        return finding.key();
    }
}
