package io.pgvigil.core.doctor;

import io.pgvigil.core.ByteSize;
import io.pgvigil.core.DatabaseName;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// What a database and its server told when they were asked.
///
/// @param endpoint in words, without a password
public record Sight(
        String endpoint,
        DatabaseName database,
        Server server,
        Role role,
        Readable readable,
        Log log,
        Programs programs) {

    /// @param bytes of every database that could be measured
    /// @param largest the largest of those that are to be backed up
    /// @param closed databases that the role may not measure
    /// @param tablespaces besides the two that every server has
    public record Server(
            String version,
            int major,
            Service service,
            boolean inRecovery,
            ByteSize database,
            ByteSize bytes,
            ByteSize largest,
            int databases,
            int closed,
            int tablespaces) {}

    public record Role(
            String name, boolean superuser, boolean replication, boolean readsPasswords) {}

    /// @param subscriptions and `userMappings` are dumped whole for a superuser only
    public record Readable(Closed closed, long subscriptions, long userMappings) {}

    /// What copies of the whole server and its log need.
    ///
    /// @param slotLimit `max_slot_wal_keep_size` in megabytes; empty: no limit
    /// @param keep `wal_keep_size` in megabytes
    /// @param withoutSlot the names of connected standbys that use no slot
    /// @param refused why a replication connection was not let in
    public record Log(
            String level,
            OptionalLong slotLimit,
            int slots,
            int slotsUsed,
            int senders,
            int sendersUsed,
            long keep,
            List<String> withoutSlot,
            Optional<Trouble> refused) {
        public Log {
            withoutSlot = List.copyOf(withoutSlot);
        }

        int slotsFree() {
            return Math.max(0, slots - slotsUsed);
        }

        int sendersFree() {
            return Math.max(0, senders - sendersUsed);
        }
    }

    /// @param dump `pg_dump`, `copy` `pg_basebackup`, `server` those of which a temporary instance is made
    public record Programs(Program dump, Program copy, Program server) {}
}
