package io.pgvigil.retention;

import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What is about to be deleted, `retention/deleting/…`: written before the manifest goes, because only
/// the manifest knows the objects and their versions, and removed when nothing is left.
record Deletion(
        int format, BackupRef backup, String plan, String reason, Instant since, List<Part> parts)
        implements Versioned {
    static final int FORMAT = 1;

    Deletion {
        parts = List.copyOf(parts);
    }

    record Part(ObjectKey key, Optional<String> version) {}
}
