package io.pgvigil.core.retention;

import io.pgvigil.core.store.StorageClass;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/// How the objects of a backup lie in a store that has storage classes.
///
/// @param bytes by class; empty where the store has none
/// @param objects how many lie in each
/// @param movableBytes of the objects that may move: large enough, and not what a restore reads first
/// @param movableObjects how many these are
/// @param warmest the class of the movable object that has moved least
/// @param assigned where they were told to go
public record Storage(
        Map<StorageClass, Long> bytes,
        Map<StorageClass, Integer> objects,
        long movableBytes,
        int movableObjects,
        StorageClass warmest,
        Optional<Assigned> assigned) {

    /// A directory.
    public static final Storage NONE =
            new Storage(Map.of(), Map.of(), 0, 0, StorageClass.STANDARD, Optional.empty());

    public Storage {
        bytes = sorted(bytes);
        objects = sorted(objects);
    }

    /// @param at when it was said; S3's rules act on it within a day or two
    public record Assigned(Period tier, StorageClass to, Instant at) {}

    public boolean known() {
        return !bytes.isEmpty();
    }

    /// Where the movable objects are, or will be once the store's rules have acted.
    public StorageClass bound() {
        var told = assigned.map(Assigned::to).orElse(StorageClass.STANDARD);
        return told.colderThan(warmest) ? told : warmest;
    }

    private static <V> Map<StorageClass, V> sorted(Map<StorageClass, V> map) {
        var sorted = new EnumMap<StorageClass, V>(StorageClass.class);
        sorted.putAll(map);
        return Collections.unmodifiableMap(sorted);
    }
}
