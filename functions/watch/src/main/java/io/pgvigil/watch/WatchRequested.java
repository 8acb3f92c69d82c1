package io.pgvigil.watch;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.store.StoreUri;
import java.time.Instant;
import java.util.Optional;

/// The event of the scheduler, or of a person who wants to know whether the channels work, or a backup sent
/// to its further stores now.
///
/// @param watch the time it was scheduled for; what counts is the time when it is looked
/// @param testChannels send a test message to everybody who is told, and look at nothing
/// @param copy order copies of one backup, and look at nothing
public record WatchRequested(Optional<Instant> watch, boolean testChannels, Optional<Copy> copy) {

    /// @param backup a backup's id or `latest`
    /// @param to one of the further stores that its profile names; absent: each of them
    public record Copy(
            Optional<ServerName> server,
            Optional<DatabaseName> database,
            String backup,
            Optional<StoreUri> to) {}
}
