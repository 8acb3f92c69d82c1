package io.pgvigil.core.watch;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What is remembered of everything, `report/history.json.gz`. It holds nothing that the manifests and
/// drills do not say, so whoever loses it loses only the time to read them all again.
///
/// @param at when it was last brought up to date
/// @param explored when it was last looked whether there are other servers and databases
public record History(
        int format,
        Instant at,
        Instant explored,
        List<DatabaseHistory> databases,
        List<ServerLog> logs)
        implements Versioned {
    public static final int FORMAT = 1;

    public static final History NONE =
            new History(FORMAT, Instant.EPOCH, Instant.EPOCH, List.of(), List.of());

    public History {
        databases =
                databases.stream()
                        .sorted(
                                Comparator.comparing(DatabaseHistory::server)
                                        .thenComparing(one -> one.database().folder()))
                        .toList();
        logs = logs.stream().sorted(Comparator.comparing(ServerLog::server)).toList();
    }

    /// The same, of which nobody has looked yet whether there are other servers and databases.
    public History unexplored() {
        return new History(format, at, Instant.EPOCH, databases, logs);
    }

    public Optional<DatabaseHistory> of(ServerName server, DatabaseName database) {
        return databases.stream()
                .filter(one -> one.server().equals(server) && one.database().equals(database))
                .findFirst();
    }

    public List<DatabaseHistory> of(ServerName server) {
        return databases.stream().filter(one -> one.server().equals(server)).toList();
    }

    public Optional<ServerLog> log(ServerName server) {
        return logs.stream().filter(one -> one.server().equals(server)).findFirst();
    }
}
