package io.pgvigil.backup;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.config.Databases;
import io.pgvigil.core.config.Limits;
import io.pgvigil.core.config.ServerConfig;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.run.Order;
import io.pgvigil.runtime.Configured;
import java.util.List;

/// A server to back up, as an order needs to know it.
///
/// @param databases empty: every one that the server has, but `except`
record Source(
        ServerName name,
        ConnectionRef connection,
        List<DatabaseName> databases,
        List<String> except,
        Selection selection,
        Limits limits) {
    Source {
        databases = List.copyOf(databases);
        except = List.copyOf(except);
    }

    /// A server that no configuration knows.
    static Source given(ServerName name, ConnectionRef connection) {
        return new Source(
                name, connection, List.of(), List.of(), Selection.EVERYTHING, Limits.DEFAULT);
    }

    static Source of(ServerName name, ServerConfig server) {
        return new Source(
                name,
                Configured.connection(server.connect()),
                server.databases() instanceof Databases.Listed listed ? listed.names() : List.of(),
                server.databases() instanceof Databases.All all
                        ? all.except().stream().map(pattern -> pattern.toString()).toList()
                        : List.of(),
                Configured.selection(server.logical()),
                server.limits());
    }

    /// One part per listed database, so that each fails, waits and is tried again alone. A server of
    /// which every database is meant is one part: which those are is known when it is asked.
    List<Source> parts() {
        if (databases.isEmpty()) return List.of(this);
        return databases.stream()
                .map(one -> new Source(name, connection, List.of(one), except, selection, limits))
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
                limits.longest());
    }
}
