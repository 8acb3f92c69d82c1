package io.pgvigil.core.store;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a store does with objects by itself: the lifecycle rules of a bucket that are in force.
public record StoreRules(List<Rule> rules) {
    public StoreRules {
        rules = List.copyOf(rules);
    }

    /// One rule. Days count from when an object was written, or, of old versions, since a newer one or a
    /// delete marker hid it.
    ///
    /// @param prefix of the keys it is about, from the top of the bucket
    /// @param tags that an object must have
    /// @param moves into which classes, after how many days
    /// @param deletes current objects, after how many days
    /// @param forgets old versions, after how many days
    /// @param aborts uploads that were begun, after how many days
    public record Rule(
            String id,
            String prefix,
            Map<String, String> tags,
            Map<StorageClass, Integer> moves,
            Optional<Integer> deletes,
            Optional<Integer> forgets,
            Optional<Integer> aborts) {
        public Rule {
            tags = Map.copyOf(tags);
            moves = Map.copyOf(moves);
        }
    }
}
