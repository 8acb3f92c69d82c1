package io.pgvigil.archive.fixpoint;

import java.util.List;

/// What a comparison proves.
public sealed interface Outcome {

    /// No difference at all.
    record Proven() implements Outcome {}

    /// Only accepted differences are left.
    record ProvenExcept(List<Judgement.Accepted> accepted) implements Outcome {
        public ProvenExcept {
            accepted = List.copyOf(accepted);
        }
    }

    /// @param differences that nobody accepted
    /// @param accepted the others
    record NotProven(List<Difference> differences, List<Judgement.Accepted> accepted)
            implements Outcome {
        public NotProven {
            differences = List.copyOf(differences);
            accepted = List.copyOf(accepted);
            if (differences.isEmpty())
                throw new IllegalArgumentException("not proven needs a difference that says why");
        }
    }

    static Outcome of(List<Difference> left, List<Judgement.Accepted> accepted) {
        if (!left.isEmpty()) return new NotProven(left, accepted);
        return accepted.isEmpty() ? new Proven() : new ProvenExcept(accepted);
    }
}
