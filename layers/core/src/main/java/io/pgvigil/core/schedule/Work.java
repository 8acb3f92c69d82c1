package io.pgvigil.core.schedule;

import io.pgvigil.core.ServerName;
import java.util.List;
import java.util.Locale;

/// What the timetable asks for.
public enum Work {
    LOGICAL,
    PHYSICAL,
    /// A harvest of write-ahead log.
    WAL,
    DRILL;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// What is typed after `pgvigil` to have this done now.
    public List<String> arguments(ServerName server) {
        return switch (this) {
            case LOGICAL, PHYSICAL, WAL ->
                    List.of("backup", "--server=" + server, "--kind=" + word());
            case DRILL -> List.of("verify", "--all", "--server=" + server);
        };
    }
}
