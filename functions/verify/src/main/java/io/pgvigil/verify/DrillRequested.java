package io.pgvigil.verify;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.drill.Acceptance;
import io.pgvigil.core.drill.Check;
import io.pgvigil.core.drill.InstanceKind;
import io.pgvigil.core.store.RetrievalSpeed;
import java.util.List;
import java.util.Optional;

/// The event: which backup to prove, and what else must hold.
///
/// @param backup a backup's id, or `latest`; `latest` when absent
/// @param checks besides those of the server's profile
/// @param accept besides those of the server's profile
/// @param kind which the latest one is to be; logical when absent. An id says it by itself
/// @param instance `sandbox` or `rds`, instead of what the server's profile says
/// @param retrieve how fast to bring back a backup that lies in an archive class: consent to its wait and price
public record DrillRequested(
        Optional<ServerName> server,
        Optional<DatabaseName> database,
        Optional<String> backup,
        Optional<Integer> jobs,
        List<Check> checks,
        List<Acceptance> accept,
        Optional<String> instance,
        Optional<BackupKind> kind,
        Optional<RetrievalSpeed> retrieve) {
    public DrillRequested {
        instance.ifPresent(InstanceKind::parse);
        checks = List.copyOf(checks);
        accept = List.copyOf(accept);
    }

    public DrillRequested(
            Optional<ServerName> server,
            Optional<DatabaseName> database,
            Optional<String> backup,
            Optional<Integer> jobs,
            List<Check> checks,
            List<Acceptance> accept,
            Optional<String> instance) {
        this(
                server,
                database,
                backup,
                jobs,
                checks,
                accept,
                instance,
                Optional.empty(),
                Optional.empty());
    }
}
