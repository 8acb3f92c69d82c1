package io.pgvigil.backup;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.connect.ConnectionRef;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The event: what to back up now.
///
/// @param server as the configuration knows it, or a new name when `connection` says how to reach it
/// @param databases empty means what the configuration says, which is every database by default
/// @param due when it was due, for a scheduled request; the same request for the same time is done once
/// @param level zstd level, 1 to 19
/// @param slot of a harvest; one named after the server when absent
/// @param continuous whether a harvest goes on until it is told to stop
/// @param unlimitedSlot consent to a slot on a server that has no `max_slot_wal_keep_size`
public record BackupRequested(
        Optional<ServerName> server,
        List<DatabaseName> databases,
        Optional<BackupKind> kind,
        Optional<ConnectionRef> connection,
        Optional<Selection> selection,
        Optional<Integer> level,
        Optional<Instant> due,
        Optional<String> slot,
        boolean unlimitedSlot,
        boolean continuous) {
    public BackupRequested {
        databases = List.copyOf(databases);
    }

    /// Of anything but a harvest.
    public BackupRequested(
            Optional<ServerName> server,
            List<DatabaseName> databases,
            Optional<BackupKind> kind,
            Optional<ConnectionRef> connection,
            Optional<Selection> selection,
            Optional<Integer> level,
            Optional<Instant> due) {
        this(
                server,
                databases,
                kind,
                connection,
                selection,
                level,
                due,
                Optional.empty(),
                false,
                false);
    }
}
