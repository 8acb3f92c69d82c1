package io.pgvigil.retention;

import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;
import java.util.List;

/// What is about to be deleted, `retention/deleting/…`: written before the manifest goes, because only
/// the manifest knows the objects, and removed when nothing is left.
///
/// @param keys of the objects, the manifest among them
record Deletion(
        int format,
        BackupRef backup,
        String plan,
        String reason,
        Instant since,
        List<ObjectKey> keys)
        implements Versioned {
    static final int FORMAT = 1;

    Deletion {
        keys = List.copyOf(keys);
    }
}
