package io.pgvigil.core.process;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// A program to run: its arguments, and what is added to its environment.
///
/// Secrets travel in the environment or in a file named there, never in `argv`, which every user
/// of a machine can read. `toString` shows the arguments and the environment's names only, so a
/// command can be logged and stored.
public record Command(List<String> argv, Map<String, String> environment) {
    public Command {
        if (argv.isEmpty()) throw new IllegalArgumentException("a command needs a program");
        argv = List.copyOf(argv);
        environment = Map.copyOf(environment);
    }

    public static Command of(String... argv) {
        return new Command(List.of(argv), Map.of());
    }

    public Command with(String... more) {
        var longer = new ArrayList<>(argv);
        longer.addAll(List.of(more));
        return new Command(longer, environment);
    }

    public Command withEnvironment(Map<String, String> more) {
        var wider = new LinkedHashMap<>(environment);
        wider.putAll(more);
        return new Command(argv, wider);
    }

    @Override
    public String toString() {
        return environment.keySet().stream()
                .sorted()
                .map(name -> name + "=… ")
                .collect(Collectors.joining("", "", String.join(" ", argv)));
    }
}
