package io.pgvigil.runtime;

import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.LockRules;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.run.Locked;
import io.pgvigil.core.run.SealLock;
import io.pgvigil.core.store.ObjectStore;
import java.time.Instant;
import java.util.Optional;

/// The first lock of a backup, where it was sealed and where a copy of it arrived.
///
/// It is set once there is a manifest, so that no lock that fails costs a backup.
public final class SealLocks {
    private SealLocks() {}

    /// Locks every object that the manifest names, and the manifest last: who finds it locked may take it
    /// that the rest is.
    ///
    /// @return how it is locked, or why not all of it is
    public static Locked lock(ObjectStore store, Manifest manifest, SealLock lock, Instant now) {
        var until = LockRules.first(lock, manifest.finished(), now);
        try {
            var locking = store.locking().orElseThrow(() -> cannot(store));
            for (var object : manifest.objects()) locking.lock(object.key(), lock.mode(), until);
            locking.lock(
                    Layout.of(
                            manifest.server(),
                            manifest.database(),
                            manifest.backup(),
                            Layout.MANIFEST),
                    lock.mode(),
                    until);
            return new Locked(lock.mode(), until, Optional.empty());
        } catch (Problem problem) {
            return new Locked(lock.mode(), until, Optional.of(Failure.of(problem)));
        }
    }

    private static Problem cannot(ObjectStore store) {
        return new Problem(
                ErrorCode.STORE_CANNOT_LOCK,
                "the profile asks for a lock, and " + store.uri() + " has no Object Lock",
                "Switch it on for the bucket, or set lock: none. The backup is there all the same.");
    }
}
