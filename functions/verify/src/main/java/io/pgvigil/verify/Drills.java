package io.pgvigil.verify;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.drill.DrillRules;
import io.pgvigil.core.drill.InstanceKind;
import io.pgvigil.core.managed.ManagedHost;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retrieval.Retrieval;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.run.RunState;
import io.pgvigil.runtime.DrillOrders;
import io.pgvigil.runtime.Orders;
import io.pgvigil.runtime.Retrievals;
import io.pgvigil.runtime.Sizing;
import io.pgvigil.wire.Catalog;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/// Orders drills.
public final class Drills {
    private static final int MOST_JOBS = 64;

    private final Catalog catalog;
    private final Orders orders;
    private final Supplier<DrillRules> rules;
    private final Sizing sizing;
    private final Retrievals retrievals;

    /// @param ready when the backup should be back from its archive class, if it was in one
    public record Ordered(
            RunId run,
            BackupId backup,
            ServerName server,
            DatabaseName database,
            RunState state,
            Optional<Instant> ready) {}

    /// @param rules asked for each drill: a configuration may change while we run
    public Drills(
            Catalog catalog,
            Orders orders,
            Supplier<DrillRules> rules,
            Sizing sizing,
            Retrievals retrievals) {
        this.catalog = catalog;
        this.orders = orders;
        this.rules = rules;
        this.sizing = sizing;
        this.retrievals = retrievals;
    }

    public Ordered order(DrillRequested request, String nonce) {
        var managed =
                request.server()
                        .filter(_ -> wholeServer(request))
                        .flatMap(server ->
                                rules.get()
                                        .managed(server)
                                        .map(host -> managed(server, host, request, nonce)));
        return managed.orElseGet(() -> ofBackup(request, nonce));
    }

    /// Whether the newest copy of a server is meant, and not a backup by its name.
    private static boolean wholeServer(DrillRequested request) {
        return request.backup().orElse("latest").equals("latest")
                && (request.kind().equals(Optional.of(BackupKind.PHYSICAL))
                        || request.database().equals(Optional.of(DatabaseName.CLUSTER)));
    }

    private Ordered managed(
            ServerName server, ManagedHost host, DrillRequested request, String nonce) {
        if (!request.accept().isEmpty() || request.retrieve().isPresent())
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    server
                            + " is run by RDS: its drill compares nothing that could be accepted, and"
                            + " nothing of it is archived",
                    "Leave out accept and retrieve.");
        var placed =
                orders.place(
                        new DrillOrders(rules.get()).managed(server, host, request.checks()),
                        Optional.empty(),
                        nonce,
                        Orders.Terms.apart(Optional.empty()));
        return new Ordered(
                placed.run(),
                RunIds.backup(placed.run(), DatabaseName.CLUSTER),
                server,
                DatabaseName.CLUSTER,
                placed.state(),
                Optional.empty());
    }

    private Ordered ofBackup(DrillRequested request, String nonce) {
        var backup = backup(request);
        var order =
                new DrillOrders(rules.get())
                        .of(
                                backup,
                                Math.clamp(request.jobs().orElse(DrillOrders.JOBS), 1, MOST_JOBS),
                                request.checks(),
                                request.accept(),
                                request.instance().map(InstanceKind::parse));
        var retrieval =
                retrievals.begin(
                        backup.server(), backup.database(), backup.backup(), request.retrieve());
        var placed =
                orders.place(
                        order,
                        Optional.empty(),
                        nonce,
                        Orders.Terms.apart(sizing.drill(backup, order)).after(retrieval));
        return new Ordered(
                placed.run(),
                backup.backup(),
                backup.server(),
                backup.database(),
                placed.state(),
                retrieval.map(Retrieval::by));
    }

    private Manifest backup(DrillRequested request) {
        var name = request.backup().orElse("latest");
        var filter = new Catalog.Filter(request.server(), request.database());
        // A plain "latest" means a logical backup, unless only a whole server can be meant.
        var kind =
                request.kind()
                        .orElse(
                                request.database().equals(Optional.of(DatabaseName.CLUSTER))
                                        ? BackupKind.PHYSICAL
                                        : BackupKind.LOGICAL);
        if (kind == BackupKind.WAL)
            throw new Problem(
                    ErrorCode.NOT_SUPPORTED_HERE,
                    "WAL alone cannot be proven",
                    "It is proven together with the physical backup that it continues: kind physical.");
        var word = name.equals("latest") || name.equals("latest-proven");
        return word || request.kind().isPresent()
                ? catalog.resolve(name, filter, kind)
                : catalog.resolve(name, filter);
    }
}
