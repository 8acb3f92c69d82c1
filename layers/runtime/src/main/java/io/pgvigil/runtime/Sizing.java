package io.pgvigil.runtime;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.TaskSize;
import io.pgvigil.core.run.TaskSizes;
import io.pgvigil.wire.Catalog;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How large a container is asked for, where tasks are containers.
public final class Sizing {
    /// A child process takes what the machine has.
    public static final Sizing NONE = new Sizing(Optional.empty());

    private final Optional<Catalog> catalog;

    private Sizing(Optional<Catalog> catalog) {
        this.catalog = catalog;
    }

    public static Sizing standard(Catalog catalog, Map<String, String> environment) {
        return Launchers.onEcs(environment) ? fargate(catalog) : NONE;
    }

    /// From what the store knows of earlier backups.
    public static Sizing fargate(Catalog catalog) {
        return new Sizing(Optional.of(catalog));
    }

    /// What is known of a server's newest backups; read once for all of its runs.
    public List<Manifest> recent(ServerName server) {
        return catalog.map(known -> known.recent(server)).orElse(List.of());
    }

    /// @param databases empty: all of them
    public Optional<TaskSize> backup(List<Manifest> recent, List<DatabaseName> databases) {
        return catalog.map(_ ->
                TaskSizes.backup(
                        recent.stream()
                                .filter(one ->
                                        databases.isEmpty() || databases.contains(one.database()))
                                .toList()));
    }

    public Optional<TaskSize> drill(Manifest backup, Order.Drill order) {
        return catalog.map(_ ->
                order.rds().isPresent() ? TaskSizes.drillInRds(backup) : TaskSizes.drill(backup));
    }

    /// A whole server is recovered beside the task.
    public Optional<TaskSize> rescue(Manifest base) {
        return catalog.map(_ -> TaskSizes.drill(base));
    }

    /// @param part whether only a part of it is restored
    public Optional<TaskSize> restore(Manifest backup, boolean part) {
        return catalog.map(_ -> TaskSizes.restore(backup, part));
    }
}
