package io.pgvigil.core.problem;

import org.jspecify.annotations.Nullable;

/// A failure a person can act on.
///
/// The message says what happened, lower case and without a full stop, with the names and values
/// involved; the hint is a sentence that says what to do next. Neither ever holds a secret.
public final class Problem extends RuntimeException {
    private final ErrorCode code;
    private final String what;
    private final String hint;
    private final boolean transientFailure;

    public Problem(ErrorCode code, String what, String hint) {
        this(code, what, hint, code.exitStatus() == ExitStatus.UNREACHABLE, null);
    }

    public Problem(ErrorCode code, String what, String hint, @Nullable Throwable cause) {
        this(code, what, hint, code.exitStatus() == ExitStatus.UNREACHABLE, cause);
    }

    public Problem(
            ErrorCode code,
            String what,
            String hint,
            boolean transientFailure,
            @Nullable Throwable cause) {
        super(code.id() + ": " + what + "\nHINT: " + hint, cause);
        this.code = code;
        this.what = what;
        this.hint = hint;
        this.transientFailure = transientFailure;
    }

    public ErrorCode code() {
        return code;
    }

    /// What happened, without code and hint.
    public String what() {
        return what;
    }

    public String hint() {
        return hint;
    }

    /// Whether doing the same again may succeed; decided where the problem is raised.
    public boolean transientFailure() {
        return transientFailure;
    }
}
