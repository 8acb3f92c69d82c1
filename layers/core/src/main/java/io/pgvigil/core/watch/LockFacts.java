package io.pgvigil.core.watch;

import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.retention.HiddenBackup;
import io.pgvigil.core.store.ObjectLock;
import io.pgvigil.core.store.StoreUri;
import java.util.List;
import java.util.Map;

/// What a look learned of locks, as far as profiles ask for them.
///
/// @param store whose locks they are
/// @param possible whether it can lock at all
/// @param known how backups are locked that retention never lets go
/// @param hidden locked backups that somebody hid
public record LockFacts(
        StoreUri store,
        boolean possible,
        Map<BackupRef, ObjectLock> known,
        List<HiddenBackup> hidden) {
    public LockFacts {
        known = Map.copyOf(known);
        hidden = List.copyOf(hidden);
    }

    /// Nobody asks for locks, or nobody could look.
    public static LockFacts none(StoreUri store) {
        return new LockFacts(store, true, Map.of(), List.of());
    }
}
