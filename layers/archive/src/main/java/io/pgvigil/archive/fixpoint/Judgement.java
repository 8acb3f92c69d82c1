package io.pgvigil.archive.fixpoint;

import java.util.List;

/// An outcome, with what became of the list of acceptances.
///
/// @param expired acceptances that no longer count, to be renewed or removed
/// @param unused acceptances that covered nothing this time
public record Judgement(Outcome outcome, List<Acceptance> expired, List<Acceptance> unused) {

    /// A difference and who said that it is known.
    public record Accepted(Difference difference, Acceptance by) {}

    public Judgement {
        expired = List.copyOf(expired);
        unused = List.copyOf(unused);
    }
}
