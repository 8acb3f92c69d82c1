package io.pgvigil.retention;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.retention.Storage;
import io.pgvigil.core.store.Versioned;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// Where the backups of a lane were told to move, `retention/tiers/…`: written after they were told,
/// so that one that is not in it is told again, which changes nothing.
record Assignments(int format, Map<BackupId, Storage.Assigned> assigned) implements Versioned {
    static final int FORMAT = 1;

    Assignments {
        assigned = Collections.unmodifiableMap(new TreeMap<>(assigned));
    }
}
