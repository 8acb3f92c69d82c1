package io.pgvigil.retention;

import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.Facts;
import io.pgvigil.core.retention.Policy;
import io.pgvigil.core.retention.StoreRulesCheck;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreRules;
import io.pgvigil.core.store.StoreUri;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What the store does with backups by itself, beside the plan.
///
/// @param notes where that is not what the profiles say
/// @param undoDays how long a deletion can be undone, and is paid for; empty: unknown, or not at all
record StoreNotes(List<String> notes, Optional<Integer> undoDays) {
    StoreNotes and(List<String> more) {
        return new StoreNotes(Stream.concat(notes.stream(), more.stream()).toList(), undoDays);
    }

    static StoreNotes of(ObjectStore store, Facts facts) {
        if (!(store.uri() instanceof StoreUri.S3 uri))
            return new StoreNotes(List.of(), Optional.empty());
        Optional<StoreRules> rules;
        try {
            rules = store.rules();
        } catch (Problem problem) {
            // Who may look at backups may not always look at the bucket.
            return new StoreNotes(
                    List.of("the rules of the bucket are not known: " + problem.what()),
                    Optional.empty());
        }
        return rules.map(known ->
                        new StoreNotes(
                                StoreRulesCheck.notes(
                                        known,
                                        uri.prefix(),
                                        facts.policies().values().stream()
                                                .map(Policy::tiers)
                                                .distinct()
                                                .toList()),
                                StoreRulesCheck.undoDays(known, uri.prefix())))
                .orElseGet(() -> new StoreNotes(List.of(), Optional.empty()));
    }
}
