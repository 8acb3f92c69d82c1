package io.pgvigil.core.store;

import java.time.Instant;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// How a store locks objects against being deleted for good.
///
/// - **Never shorter, never weaker:** an object that is locked for longer, or more strictly, stays so.
/// - **A deletion does not end it:** the store either refuses to delete a locked object, or hides it, and
///   [#hidden] shows it.
/// - Nothing here lifts a lock.
public interface Locking {

    /// What keeps the object. Throws `OBJECT_MISSING` when there is none.
    ObjectLock lockOf(ObjectKey key);

    /// Locks the object. `until` is kept to the second.
    void lock(ObjectKey key, LockMode mode, Instant until);

    /// Objects that are locked and hidden by a deletion all the same, in no order.
    ///
    /// @param prefix of their keys
    /// @param about which of them: each costs a look
    Stream<HiddenObject> hidden(String prefix, Predicate<ObjectKey> about);
}
