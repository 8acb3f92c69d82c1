package io.pgvigil.restore;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.connect.ConnectionRef;
import java.util.List;
import java.util.Optional;

/// The event: which backup, where to, and how much of it.
///
/// @param backup a backup's id, `latest` or `latest-proven`; `latest-proven` when absent
/// @param target where to; absent only for a configured server's own address
/// @param targetDatabase the backup's own name when absent
public record RestoreRequested(
        Optional<ServerName> server,
        Optional<DatabaseName> database,
        Optional<String> backup,
        Optional<ConnectionRef> target,
        Optional<DatabaseName> targetDatabase,
        List<String> schemas,
        List<String> tables,
        Optional<Integer> jobs,
        boolean create,
        boolean clean,
        boolean replace,
        boolean dryRun) {
    public RestoreRequested {
        schemas = List.copyOf(schemas);
        tables = List.copyOf(tables);
    }
}
