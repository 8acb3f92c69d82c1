package io.pgvigil.core.store;

import java.time.Instant;
import java.util.Optional;

/// What a store says about one object.
///
/// @param crc32c the CRC-32C of the whole object as eight lower-case hexadecimal digits, where the
///     store keeps one
/// @param versionId the version the store gave it, where the store has versions
public record StoredObject(
        ObjectKey key,
        long size,
        Instant modified,
        Optional<String> crc32c,
        Optional<String> versionId) {}
