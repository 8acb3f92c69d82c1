package io.pgvigil.core.watch;

import java.util.List;

/// Where the rules of the bucket are not what the profiles say.
///
/// @param notes in sentences
/// @param deletes whether a rule deletes backups by itself
public record RuleFacts(List<String> notes, boolean deletes) {
    /// They agree, or the store has none.
    public static final RuleFacts NONE = new RuleFacts(List.of(), false);

    public RuleFacts {
        notes = List.copyOf(notes);
    }
}
