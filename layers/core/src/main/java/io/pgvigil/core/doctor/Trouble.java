package io.pgvigil.core.doctor;

import io.pgvigil.core.problem.Problem;

/// Something that was tried and did not work.
public record Trouble(String what, String hint) {
    public static Trouble of(Problem problem) {
        return new Trouble(problem.what(), problem.hint());
    }
}
