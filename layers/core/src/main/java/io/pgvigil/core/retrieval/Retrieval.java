package io.pgvigil.core.retrieval;

import io.pgvigil.core.store.ObjectKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// What of a backup is on its way back from an archive class. Stored with the run that waits for it.
///
/// @param by when all of it should be there
public record Retrieval(List<ObjectKey> objects, Instant by) {
    private static final Duration GRACE = Duration.ofDays(2);

    public Retrieval {
        objects = List.copyOf(objects);
    }

    /// When nobody waits for it any longer: S3 names typical times and promises none.
    public Instant givenUp() {
        return by.plus(GRACE);
    }
}
