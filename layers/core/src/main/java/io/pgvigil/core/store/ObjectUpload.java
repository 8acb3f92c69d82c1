package io.pgvigil.core.store;

/// One object on its way into a store. Not thread-safe; sending goes on behind `write`.
///
/// `close` without `complete` aborts: nothing is left that any reader or bill could see, unless
/// the process dies first, in which case [ObjectStore#pendingUploads] shows it.
public interface ObjectUpload extends AutoCloseable {

    /// Takes the bytes; the caller may reuse the array at once. Blocks while too much is in flight.
    /// Throws the first failure of anything sent earlier.
    void write(byte[] bytes, int offset, int length);

    /// Waits until the store has everything and confirms it: same size, same CRC-32C as was written
    /// here. Until this returns there is no object.
    StoredObject complete();

    /// Aborts unless completed. Never throws because the store does not answer.
    @Override
    void close();
}
