package io.pgvigil.core.copy;

import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.run.Locked;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;
import java.util.Optional;

/// That a backup lies whole in another store, `copies/…` beside its manifest: written once, after every
/// object there was checked. Without it there is no copy, whatever lies there.
///
/// @param to the other store's address
/// @param checked when it was known to be whole
/// @param objects how many it has, the manifest among them
/// @param bytes of all of them
/// @param sent how many we sent; the others were there, because an earlier run or the bucket's own
///     replication had brought them
/// @param locked how it was locked on its arrival, where its profile asks for that
public record CopyRecord(
        int format,
        BackupRef backup,
        String to,
        Instant checked,
        int objects,
        long bytes,
        int sent,
        Optional<Locked> locked)
        implements Versioned {
    public static final int FORMAT = 1;
}
