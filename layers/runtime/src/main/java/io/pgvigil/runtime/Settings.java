package io.pgvigil.runtime;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Environment variables, read once, with every problem reported at once.
public final class Settings {
    private final Map<String, String> environment;
    private final List<String> problems = new ArrayList<>();

    public Settings(Map<String, String> environment) {
        this.environment = environment;
    }

    public String required(String name) {
        return optional(name)
                .orElseGet(() -> {
                    problems.add(name + " is not set");
                    return "";
                });
    }

    public Optional<String> optional(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }

    public void throwIfAnyProblem() {
        if (problems.isEmpty()) return;
        throw new Problem(
                ErrorCode.CONFIG_INVALID,
                String.join("; ", problems),
                "Set it in the function's or the shell's environment; docs/configuration.md lists"
                        + " every variable.");
    }
}
