package io.pgvigil.postgres.restore;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.List;
import java.util.stream.Collectors;

/// What a restore came to.
///
/// @param errors what remains wrong, after the second pass
/// @param repaired what failed at first and succeeded in the second pass
/// @param warnings of pg_restore, and things worth knowing
/// @param finished whether every program came to its end; else more is missing than the errors say
public record RestoreOutcome(
        Globals.Applied globals,
        List<RestoreError> errors,
        List<RestoreError> repaired,
        List<String> warnings,
        boolean finished) {
    private static final int CAUSES_NAMED = 3;

    public RestoreOutcome {
        errors = List.copyOf(errors);
        repaired = List.copyOf(repaired);
        warnings = List.copyOf(warnings);
    }

    /// Whether everything that was to be restored is there.
    public boolean complete() {
        return finished && errors.isEmpty();
    }

    /// The errors that explain the others.
    public List<RestoreError> roots() {
        return errors.stream().filter(error -> error.follows().isEmpty()).toList();
    }

    /// The errors that would not be there without this one.
    public List<RestoreError> following(RestoreError root) {
        return errors.stream()
                .filter(error ->
                        root.entry() > 0
                                && error.follows().isPresent()
                                && error.follows().getAsInt() == root.entry())
                .toList();
    }

    /// A restore with errors is never called done.
    public void requireComplete() {
        if (complete()) return;
        var roots = roots();
        var named =
                roots.stream()
                        .limit(CAUSES_NAMED)
                        .map(RestoreError::toString)
                        .collect(Collectors.joining("; "));
        var what =
                finished
                        ? errors.size() + " errors remain"
                        : "it stopped before its end, with " + errors.size() + " errors";
        throw new Problem(
                ErrorCode.RESTORE_INCOMPLETE,
                "the restore is incomplete: " + what + (named.isEmpty() ? "" : ": " + named),
                roots.isEmpty() ? "Read the log of the restore." : roots.getFirst().cause().hint());
    }
}
