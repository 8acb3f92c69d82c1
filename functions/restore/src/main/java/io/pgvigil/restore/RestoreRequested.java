package io.pgvigil.restore;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.store.RetrievalSpeed;
import io.pgvigil.core.wal.Point;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The event: which backup, where to, and how much of it.
///
/// @param backup a backup's id, `latest` or `latest-proven`; `latest-proven` when absent
/// @param target where to; absent only for a configured server's own address
/// @param folder a data folder to make of a physical backup, on the host where the task runs, instead of a
///     target
/// @param tablespaces where to put them, by name; the others go where they were
/// @param point where recovery ends, into a folder or for `intoSchema`; the latest there is when no backup
///     is named
/// @param retrieve how fast to bring back a backup that lies in an archive class: consent to its wait and price
/// @param rds a new server that RDS makes by its own restore of `server`, instead of anything out of the
///     store; only `point` and `dryRun` go with it
/// @param intoSchema a new schema of the target for `tables` of a physical backup, as they were at `point`
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
        boolean dryRun,
        Optional<String> folder,
        Map<String, String> tablespaces,
        Optional<Point> point,
        Optional<String> intoSchema,
        Optional<RetrievalSpeed> retrieve,
        Optional<RdsTarget> rds) {
    public RestoreRequested {
        tablespaces = Map.copyOf(tablespaces);
        schemas = List.copyOf(schemas);
        tables = List.copyOf(tables);
    }

    /// By pgvigil itself, out of the store.
    public RestoreRequested(
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
            boolean dryRun,
            Optional<String> folder,
            Map<String, String> tablespaces,
            Optional<Point> point,
            Optional<String> intoSchema,
            Optional<RetrievalSpeed> retrieve) {
        this(
                server,
                database,
                backup,
                target,
                targetDatabase,
                schemas,
                tables,
                jobs,
                create,
                clean,
                replace,
                dryRun,
                folder,
                tablespaces,
                point,
                intoSchema,
                retrieve,
                Optional.empty());
    }

    /// Into a database.
    public RestoreRequested(
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
        this(
                server,
                database,
                backup,
                target,
                targetDatabase,
                schemas,
                tables,
                jobs,
                create,
                clean,
                replace,
                dryRun,
                Optional.empty(),
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    public RestoreRequested retrieving(Optional<RetrievalSpeed> speed) {
        return new RestoreRequested(
                server,
                database,
                backup,
                target,
                targetDatabase,
                schemas,
                tables,
                jobs,
                create,
                clean,
                replace,
                dryRun,
                folder,
                tablespaces,
                point,
                intoSchema,
                speed,
                rds);
    }
}
