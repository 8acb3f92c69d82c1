package io.pgvigil.core.retention;

import io.pgvigil.core.store.ObjectLock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Everything that a decision rests on.
///
/// @param backups every sealed backup of the store, in any order
/// @param policies what is asked of each lane; one that is missing here is not configured, and stays
/// @param holds by backup; those that were released or have ended may be among them
/// @param leased who reads a backup now, or works on it
/// @param usual what each lane usually looks like, as far as it was looked at before
/// @param accepted backups whose unusual size somebody explained
/// @param locks what keeps the store itself from deleting a backup, as far as it was asked
/// @param holes what could not be read
public record Facts(
        List<BackupFacts> backups,
        Map<Lane, Policy> policies,
        Map<BackupRef, Hold> holds,
        Map<BackupRef, String> leased,
        Map<Lane, Usual> usual,
        Set<BackupRef> accepted,
        Map<BackupRef, ObjectLock> locks,
        List<Hole> holes) {
    public Facts {
        backups = List.copyOf(backups);
        policies = Map.copyOf(policies);
        holds = Map.copyOf(holds);
        leased = Map.copyOf(leased);
        usual = Map.copyOf(usual);
        accepted = Set.copyOf(accepted);
        locks = Map.copyOf(locks);
        holes = List.copyOf(holes);
    }

    /// With what the store said of these.
    public Facts locked(Map<BackupRef, ObjectLock> asked) {
        var all = new HashMap<>(locks);
        all.putAll(asked);
        return new Facts(backups, policies, holds, leased, usual, accepted, all, holes);
    }
}
