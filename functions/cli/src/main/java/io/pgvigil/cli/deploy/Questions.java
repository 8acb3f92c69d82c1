package io.pgvigil.cli.deploy;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Asks for what was not given as an option. Without a terminal everything missing is a complaint,
/// listed at once. No question is for a password.
final class Questions {
    private final Optional<Asker> asker;
    private final List<String> missing = new ArrayList<>();

    /// Puts one question to a person.
    interface Asker {
        /// @param otherwise what an empty answer means
        String ask(String question, String otherwise);
    }

    Questions(Optional<Asker> asker) {
        this.asker = asker;
    }

    boolean canAsk() {
        return asker.isPresent();
    }

    /// Something that has to be known.
    String required(String option, String given, String question) {
        if (!given.isBlank()) return given;
        if (asker.isEmpty()) {
            missing.add(option);
            return "";
        }
        var answer = "";
        while (answer.isBlank()) answer = asker.get().ask(question, "").strip();
        return answer;
    }

    /// Something that has a good default.
    String optional(String given, String question, String otherwise) {
        if (!given.isBlank() || asker.isEmpty()) return given.isBlank() ? otherwise : given;
        var answer = asker.get().ask(question, otherwise).strip();
        return answer.isEmpty() ? otherwise : answer;
    }

    boolean agreed(String question) {
        return asker.isEmpty()
                || asker.get().ask(question + " (y/n)", "y").strip().matches("(?i)|y(es)?");
    }

    void throwIfAnyIsMissing() {
        if (missing.isEmpty()) return;
        throw new Problem(
                ErrorCode.USAGE_INVALID,
                "not given: " + String.join(", ", missing),
                "Give them as options, or run this on a terminal to be asked.");
    }
}
