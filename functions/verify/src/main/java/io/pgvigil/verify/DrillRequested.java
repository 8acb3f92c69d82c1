package io.pgvigil.verify;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.drill.Acceptance;
import io.pgvigil.core.drill.Check;
import java.util.List;
import java.util.Optional;

/// The event: which backup to prove, and what else must hold.
///
/// @param backup a backup's id, or `latest`; `latest` when absent
/// @param checks besides those of the server's profile
/// @param accept besides those of the server's profile
public record DrillRequested(
        Optional<ServerName> server,
        Optional<DatabaseName> database,
        Optional<String> backup,
        Optional<Integer> jobs,
        List<Check> checks,
        List<Acceptance> accept) {
    public DrillRequested {
        checks = List.copyOf(checks);
        accept = List.copyOf(accept);
    }
}
