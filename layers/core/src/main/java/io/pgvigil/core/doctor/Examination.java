package io.pgvigil.core.doctor;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.AutoKind;
import io.pgvigil.core.cost.Estimate;
import io.pgvigil.core.watch.Readiness.Mark;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What would come of backing up one database.
///
/// @param place the server's name, or how it was reached
/// @param choice the kind that `auto` takes and why; empty where nobody was let in, or the kind is named
/// @param remedies the least that has to be granted, in the order in which it is to be run
/// @param notes what a backup would not hold, and what else is at risk
public record Examination(
        String place,
        DatabaseName database,
        String role,
        List<Line> lines,
        Optional<AutoKind.Choice> choice,
        Optional<Estimate> estimate,
        List<Remedy> remedies,
        List<String> notes) {
    public Examination {
        lines = List.copyOf(lines);
        remedies = List.copyOf(remedies);
        notes = List.copyOf(notes);
    }

    public enum Item {
        CONNECTION,
        SIZE,
        LOGICAL,
        PHYSICAL,
        WAL,
        DRILL;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// @param mark `NOT_ASKED` where the answer was not asked for and is given all the same
    /// @param hint what to do, when it would not work
    public record Line(Item item, Mark mark, String evidence, Optional<String> hint) {}

    /// Whether everything that is to be made would work.
    public boolean ready() {
        return lines.stream().noneMatch(line -> line.mark() == Mark.NOT_READY);
    }
}
