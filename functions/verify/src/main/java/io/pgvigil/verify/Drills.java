package io.pgvigil.verify;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.drill.DrillRules;
import io.pgvigil.core.drill.InstanceKind;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunState;
import io.pgvigil.runtime.Orders;
import io.pgvigil.wire.Catalog;
import java.util.ArrayList;
import java.util.Optional;

/// Orders drills.
public final class Drills {
    private static final int JOBS = 2;
    private static final int MOST_JOBS = 64;

    private final Catalog catalog;
    private final Orders orders;
    private final DrillRules rules;

    public record Ordered(
            RunId run, BackupId backup, ServerName server, DatabaseName database, RunState state) {}

    public Drills(Catalog catalog, Orders orders, DrillRules rules) {
        this.catalog = catalog;
        this.orders = orders;
        this.rules = rules;
    }

    public Ordered order(DrillRequested request, String nonce) {
        var backup =
                catalog.resolve(
                        request.backup().orElse("latest"),
                        new Catalog.Filter(request.server(), request.database()));
        var checks = new ArrayList<>(rules.checks(backup.server(), backup.database()));
        checks.addAll(request.checks());
        var accept = new ArrayList<>(rules.accepted(backup.server()));
        accept.addAll(request.accept());
        var jobs = Math.clamp(request.jobs().orElse(JOBS), 1, MOST_JOBS);
        var order =
                new Order.Drill(
                        backup.server(),
                        backup.database(),
                        backup.backup(),
                        jobs,
                        checks,
                        accept,
                        rules.instance(backup.server())
                                .chosen(request.instance().map(InstanceKind::parse)));
        var placed = orders.place(order, Optional.empty(), nonce);
        return new Ordered(
                placed.run(), backup.backup(), backup.server(), backup.database(), placed.state());
    }
}
