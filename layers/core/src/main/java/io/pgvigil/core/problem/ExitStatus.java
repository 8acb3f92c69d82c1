package io.pgvigil.core.problem;

/// What a command's exit code means. Documented in `docs/errors.md`.
public enum ExitStatus {
    /// Done, and the answer is good.
    DONE(0),
    /// The answer is no, or the run failed.
    FAILED(1),
    /// Usage or configuration.
    USAGE(2),
    /// Proven only in part.
    PARTLY(3),
    /// Something could not be reached or is busy: try again.
    UNREACHABLE(4);

    private final int code;

    ExitStatus(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }
}
