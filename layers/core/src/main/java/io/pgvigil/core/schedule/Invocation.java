package io.pgvigil.core.schedule;

import java.util.ArrayList;
import java.util.List;

/// How `pgvigil` is called on a host that has its own timer: the program and its configuration,
/// both by their full path, because cron and systemd know no working directory.
public record Invocation(String program, String configuration) {
    public Invocation {
        for (var path : List.of(program, configuration)) {
            if (!path.startsWith("/"))
                throw new IllegalArgumentException("'" + path + "' is not a full path");
            // A line break would begin a second line of crontab.
            if (path.chars().anyMatch(Character::isISOControl))
                throw new IllegalArgumentException("a path cannot hold control characters");
        }
    }

    List<String> arguments(Timetable.Entry entry) {
        var arguments = new ArrayList<String>();
        arguments.add(program);
        arguments.addAll(entry.work().arguments(entry.server()));
        arguments.add("--config=" + configuration);
        return List.copyOf(arguments);
    }
}
