package io.pgvigil.retention;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.store.ObjectLock;
import io.pgvigil.core.store.Versioned;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// How the backups of a lane are locked, `retention/locks/…`: written after every object of them was, so
/// that one that is not in it is locked again, which changes nothing.
record LockRecord(int format, Map<BackupId, ObjectLock> locked) implements Versioned {
    static final int FORMAT = 1;

    LockRecord {
        locked = Collections.unmodifiableMap(new TreeMap<>(locked));
    }
}
