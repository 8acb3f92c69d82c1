package io.pgvigil.core.store;

import java.time.Duration;
import java.util.Optional;

/// Where backups live.
///
/// - **Read after write:** once a write returns, `stat`, `read` and `list` see the object.
/// - **All or nothing:** a reader never sees part of an object; a failed write leaves nothing that
///   `list` or `stat` show. The one exception is an answer that was lost: the store is asked again,
///   and when that fails too, the write ends in `STORE_UNREACHABLE` and may have happened.
/// - **Conditional create:** of any number of concurrent `create` or `upload` calls for one key,
///   across processes and hosts, exactly one wins; the others learn it.
/// - **Deleting is repeatable:** deleting what is not there succeeds.
/// - **A key is not a folder:** with `a` stored, `a/b` may be refused with `STORE_FAILED`, and the
///   other way round; a directory cannot hold both.
///
/// A small object has at most [#DOCUMENT_LIMIT] bytes; more is refused with `UPLOAD_TOO_LARGE`.
public interface ObjectStore extends ObjectReader {

    /// Stores a small object unless the key exists. False when it exists; nothing is changed then.
    boolean create(ObjectKey key, byte[] content);

    /// Stores a small object in place of the state that `token` names. False when the object has
    /// moved on or is gone; nothing is changed then.
    boolean replace(ObjectKey key, byte[] content, String token);

    /// Stores a small object, whatever was there.
    void put(ObjectKey key, byte[] content);

    /// Begins a new object of unknown size. The key must not exist: the conflict may be reported
    /// here or by [ObjectUpload#complete()], as `OBJECT_EXISTS`.
    ObjectUpload upload(ObjectKey key);

    /// Removes an object if it is there. Where the store keeps versions it is hidden, and whoever may
    /// remove what hides it can bring it back until the store's own rules let go of it.
    void delete(ObjectKey key);

    /// Tells the store's own rules into which storage class an object is to move, in which they act some
    /// time later. Nothing of the object changes. Where the store has no classes nothing happens.
    ///
    /// @param tier what it stands for, for people
    void assign(ObjectKey key, String tier, StorageClass to);

    /// Asks for a copy of an archived object that can be read, or for a longer life of the one that is
    /// there. Asking again is harmless. Where the store has no archive classes nothing happens.
    ///
    /// @param kept how long the copy is there
    void retrieve(ObjectKey key, RetrievalSpeed speed, Duration kept);

    /// What the store does with objects by itself; empty where it does nothing, or does not say.
    Optional<StoreRules> rules();

    /// How objects are locked here; empty where the store cannot, as a bucket without Object Lock.
    Optional<Locking> locking();

    /// Ends a pending upload and frees what it holds, if it is still there.
    void abort(PendingUpload upload);
}
