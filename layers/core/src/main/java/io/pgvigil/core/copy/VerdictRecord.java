package io.pgvigil.core.copy;

import io.pgvigil.core.RunId;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;

/// That the verdict of a drill lies in another store beside the copy of its backup, `copies/…/…` beside the
/// manifest.
///
/// @param to the other store's address
/// @param checked when it was known to be there, or the copy of the backup to be gone
public record VerdictRecord(int format, BackupRef backup, RunId drill, String to, Instant checked)
        implements Versioned {
    public static final int FORMAT = 1;
}
