package io.pgvigil.runtime;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.core.watch.DatabaseHistory;
import io.pgvigil.core.watch.History;
import java.util.HashMap;
import java.util.HashSet;
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
        var folder = Layout.folder(database.server(), database.database());
        try (var objects = store.list(folder)) {
            objects.map(object -> object.key().value().substring(folder.length()).split("/"))
                    .filter(path -> path.length == 3 && Layout.COPIES.equals(path[1] + "/"))
                    .forEach(path ->
                            BackupId.ifValid(path[0])
                                    .ifPresent(id ->
                                            found.computeIfAbsent(
                                                            new BackupRef(
                                                                    database.server(),
                                                                    database.database(),
                                                                    id),
                                                            _ -> new HashSet<>())
                                                    .add(path[2].replace(".json", ""))));
        }
    }
}
