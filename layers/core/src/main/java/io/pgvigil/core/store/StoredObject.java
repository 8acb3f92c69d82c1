package io.pgvigil.core.store;

import java.time.Instant;
import java.util.Optional;

/// What a store says about one object.
///
/// @param crc32c the CRC-32C of the whole object as eight lower-case hexadecimal digits, where the
///     store keeps one
/// @param versionId the version the store gave it, where the store has versions
/// @param storageClass where it lies, where the store has classes and it is one of ours
public record StoredObject(
        ObjectKey key,
        long size,
        Instant modified,
        Optional<String> crc32c,
        Optional<String> versionId,
        Optional<StorageClass> storageClass) {

    /// In a store without storage classes.
    public StoredObject(
            ObjectKey key,
            long size,
            Instant modified,
            Optional<String> crc32c,
            Optional<String> versionId) {
        this(key, size, modified, crc32c, versionId, Optional.empty());
    }
}
