package io.pgvigil.backup;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.config.Databases;
import io.pgvigil.core.config.KindChoice;
import io.pgvigil.core.config.Limits;
import io.pgvigil.core.config.ServerConfig;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.managed.ManagedHost;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.LockRules;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.SealLock;
import io.pgvigil.runtime.Configured;
import java.util.List;
import java.util.Optional;

/// A server to back up, as an order needs to know it.
///
/// @param databases empty: every one that the server has, but `except`
/// @param lock how its backups are locked when they are sealed
record Source(
        ServerName name,
        ConnectionRef connection,
        List<DatabaseName> databases,
        List<String> except,
        Selection selection,
        Limits limits,
        KindChoice kind,
        Optional<SealLock> lock) {
    private static final int LONGEST_SLOT = 63;

    Source {
        databases = List.copyOf(databases);
        except = List.copyOf(except);
    }

    /// A server that no configuration knows.
    static Source given(ServerName name, ConnectionRef connection) {
        return new Source(
                name,
                connection,
                List.of(),
                List.of(),
                Selection.EVERYTHING,
                Limits.DEFAULT,
                KindChoice.AUTO,
                Optional.empty());
    }

    static Source of(ServerName name, ServerConfig server) {
        return new Source(
                name,
                Configured.connection(server.connect()),
                server.databases() instanceof Databases.Listed listed ? listed.names() : List.of(),
                server.databases() instanceof Databases.All all
                        ? all.except().stream().map(pattern -> pattern.toString()).toList()
                        : List.of(),
                server.logical(),
                server.limits(),
                server.policy().kind(),
                LockRules.atSeal(server.policy()));
    }

    /// One part per listed database, so that each fails, waits and is tried again alone. A server of
    /// which every database is meant is one part: which those are is known when it is asked.
    List<Source> parts() {
        if (databases.isEmpty()) return List.of(this);
        return databases.stream()
                .map(one ->
                        new Source(
                                name,
                                connection,
                                List.of(one),
                                except,
                                selection,
                                limits,
                                kind,
                                lock))
                .toList();
    }

    Order.Backup order(List<DatabaseName> wanted, Selection part, int level) {
        return new Order.Backup(
                        name,
                        connection,
                        wanted,
                        except,
                        part,
                        level,
                        limits.lockTimeout(),
                        limits.longest())
                .locked(lock);
    }

    Order.Physical physical(int level) {
        return new Order.Physical(name, connection, level, limits.longest(), lock);
    }

    /// @param unlimited consent to a slot on a server without `max_slot_wal_keep_size`
    /// @param always whether it goes on until it is told to stop
    Order.Harvest harvest(Optional<String> slot, int level, boolean unlimited, boolean always) {
        return new Order.Harvest(
                name,
                connection,
                slot.map(Source::checked).orElseGet(() -> Order.Harvest.slotOf(name)),
                level,
                limits.longest(),
                unlimited,
                always);
    }

    private static String checked(String slot) {
        if (slot.matches("[a-z0-9_]{1," + LONGEST_SLOT + "}")) return slot;
        throw new Problem(
                ErrorCode.USAGE_INVALID,
                "'" + slot + "' cannot be a replication slot's name",
                "Use up to " + LONGEST_SLOT + " lower-case letters, digits and underscores.");
    }

    /// The service that runs it, told by its host's name.
    Optional<ManagedHost> managed() {
        return ManagedHost.of(connection.host());
    }
}
