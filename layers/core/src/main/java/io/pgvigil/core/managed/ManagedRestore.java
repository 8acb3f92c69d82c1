package io.pgvigil.core.managed;

import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The record of a server that its service has restored into a new one, `runs/<run id>.rds.json`.
///
/// @param source the service's own name of it
/// @param id of the new server
/// @param at the moment that was asked for; empty: the latest
/// @param latest up to which moment the source could be restored then
/// @param plan what was going to be done, in words, in order
/// @param made where the new server listens; empty after a dry run
public record ManagedRestore(
        int format,
        RunId run,
        ServerName server,
        String source,
        String id,
        Optional<Instant> at,
        Instant latest,
        boolean dryRun,
        Instant started,
        Instant finished,
        List<String> plan,
        Optional<Made> made)
        implements Versioned {
    public static final int FORMAT = 1;

    public ManagedRestore {
        plan = List.copyOf(plan);
    }

    /// @param instance in which the data can be asked for; of a cluster, the one in it
    public record Made(String instance, String host, int port) {}
}
