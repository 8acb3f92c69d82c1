package io.pgvigil.core.run;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;

/// A problem as it is stored.
public record Failure(String code, String what, String hint, boolean transientFailure) {

    public static Failure of(Problem problem) {
        return new Failure(
                problem.code().id(), problem.what(), problem.hint(), problem.transientFailure());
    }

    /// The problem again, for whoever asked.
    public Problem toProblem() {
        for (var known : ErrorCode.values())
            if (known.id().equals(code))
                return new Problem(known, what, hint, transientFailure, null);
        return new Problem(ErrorCode.RUN_FAILED, code + ": " + what, hint, transientFailure, null);
    }
}
