package io.pgvigil.core.copy;

import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;

/// That what came after a backup lies in another store beside its copy, too, `copies/…/…` beside the
/// manifest.
///
/// @param what the drill whose verdict it is, or up to which harvest log is there
/// @param to the other store's address
/// @param checked when it was known to be there, or the copy of the backup to be gone
public record LaterRecord(int format, BackupRef backup, String what, String to, Instant checked)
        implements Versioned {
    public static final int FORMAT = 1;
}
