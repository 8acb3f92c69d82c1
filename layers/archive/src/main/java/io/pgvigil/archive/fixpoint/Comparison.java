package io.pgvigil.archive.fixpoint;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What came of comparing two archives.
///
/// @param differences every one of them, by object
/// @param rewritten definitions that the server words differently and, as a third generation showed,
///     always the same from then on
/// @param unproven what equality of these archives does not show although it looks as if it did
/// @param equal how much was compared and found equal
public record Comparison(
        List<Difference> differences,
        List<Rewritten> rewritten,
        List<Unproven> unproven,
        Equal equal) {

    /// A definition that the server rewrites on restore and then keeps.
    ///
    /// @param what both wordings around their first difference
    public record Rewritten(String object, String what) {}

    /// Something about an object that these two archives cannot show.
    public record Unproven(String object, String why) {}

    /// Counts of what was equal.
    ///
    /// @param entries by kind, as pg_dump names it
    /// @param tables blocks of table data
    /// @param rows in those tables
    /// @param largeObjects equal in owner, privileges and bytes
    public record Equal(
            SortedMap<String, Integer> entries, int tables, long rows, int largeObjects) {
        public static final Equal NOTHING = new Equal(new TreeMap<>(), 0, 0, 0);

        public Equal {
            entries = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(entries));
        }

        public int entryCount() {
            return entries.values().stream().mapToInt(Integer::intValue).sum();
        }
    }

    public Comparison {
        differences = List.copyOf(differences);
        rewritten = List.copyOf(rewritten);
        unproven = List.copyOf(unproven);
    }

    /// Whether a third generation could turn differences into *rewritten, stable*.
    public boolean thirdGenerationWanted() {
        return differences.stream()
                .anyMatch(d ->
                        d instanceof Difference.EntryChanged changed && changed.mayBeRewriting());
    }

    /// The same with further differences, such as those of [Globals].
    public Comparison with(List<Difference> further) {
        return new Comparison(
                Stream.concat(differences.stream(), further.stream()).toList(),
                rewritten,
                unproven,
                equal);
    }

    /// The verdict, given what the configuration accepts.
    public Judgement judge(List<Acceptance> accept, Instant now) {
        var valid = accept.stream().filter(acceptance -> acceptance.validAt(now)).toList();
        var left = new ArrayList<Difference>();
        var accepted = new ArrayList<Judgement.Accepted>();
        for (var difference : differences)
            valid.stream()
                    .filter(acceptance -> acceptance.covers(difference))
                    // The longest promise first, so that the verdict shows the one that will last.
                    .max(Comparator.comparing(Acceptance::expires))
                    .ifPresentOrElse(
                            by -> accepted.add(new Judgement.Accepted(difference, by)),
                            () -> left.add(difference));
        return new Judgement(
                Outcome.of(left, accepted),
                accept.stream().filter(acceptance -> !acceptance.validAt(now)).toList(),
                valid.stream()
                        .filter(acceptance -> differences.stream().noneMatch(acceptance::covers))
                        .toList());
    }
}
