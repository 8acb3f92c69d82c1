package io.pgvigil.runtime;

import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.core.watch.DatabaseHistory;
import io.pgvigil.core.watch.History;
import io.pgvigil.wire.Copies;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What is written down of copies, of servers whose profile asks for them. One listing of each database.
public final class CopyNotes {
    private CopyNotes() {}

    /// @param unseen gets the servers about which the store did not answer, and why
    /// @return in which further stores each backup was checked, by their short names
    public static Map<BackupRef, Set<String>> of(
            ObjectReader store,
            Optional<Configuration> configuration,
            History history,
            Map<ServerName, String> unseen) {
        var found = new HashMap<BackupRef, Set<String>>();
        for (var database : history.databases()) {
            var asked =
                    configuration
                            .flatMap(known -> known.server(database.server()))
                            .filter(server -> !server.policy().copies().isEmpty());
            if (asked.isEmpty()) continue;
            try {
                read(store, database, found);
            } catch (Problem problem) {
                unseen.putIfAbsent(database.server(), problem.what());
            }
        }
        return found;
    }

    private static void read(
            ObjectReader store, DatabaseHistory database, Map<BackupRef, Set<String>> found) {
        new Copies(store)
                .names(database.server(), database.database())
                .forEach((backup, names) ->
                        found.put(
                                new BackupRef(database.server(), database.database(), backup),
                                names));
    }
}
