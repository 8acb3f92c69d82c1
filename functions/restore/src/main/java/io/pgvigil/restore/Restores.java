package io.pgvigil.restore;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunState;
import io.pgvigil.runtime.Orders;
import io.pgvigil.runtime.Sizing;
import io.pgvigil.wire.Catalog;
import java.util.Optional;

/// Orders restores.
public final class Restores {
    private static final int JOBS = 2;
    private static final int MOST_JOBS = 64;

    private final Catalog catalog;
    private final Orders orders;
    private final Sizing sizing;

    public record Ordered(
            RunId run, BackupId backup, ServerName server, DatabaseName database, RunState state) {}

    public Restores(Catalog catalog, Orders orders, Sizing sizing) {
        this.catalog = catalog;
        this.orders = orders;
        this.sizing = sizing;
    }

    public Ordered order(RestoreRequested request, String nonce) {
        var target =
                request.target()
                        .orElseThrow(() ->
                                new Problem(
                                        ErrorCode.EVENT_INVALID,
                                        "the event does not say where to restore to" + " (target)",
                                        "events/restore.manual.json shows what this"
                                                + " function takes."));
        if (request.replace() && (request.create() || request.clean() || partly(request)))
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "replace goes neither with create, nor with clean, nor with a selection",
                    "Replacing restores the whole database beside the old one and swaps the names;"
                            + " it needs and drops nothing.");
        var backup =
                catalog.resolve(
                        request.backup().orElse("latest-proven"),
                        new Catalog.Filter(request.server(), request.database()));
        var order =
                new Order.Restore(
                        backup.server(),
                        backup.database(),
                        backup.backup(),
                        target,
                        request.targetDatabase().orElse(backup.database()),
                        request.schemas(),
                        request.tables(),
                        Math.clamp(request.jobs().orElse(JOBS), 1, MOST_JOBS),
                        request.create(),
                        request.clean(),
                        request.replace(),
                        request.dryRun(),
                        Optional.empty());
        var placed =
                orders.place(
                        order,
                        Optional.empty(),
                        nonce,
                        Orders.Terms.apart(sizing.restore(backup, partly(request))));
        return new Ordered(
                placed.run(), backup.backup(), backup.server(), backup.database(), placed.state());
    }

    private static boolean partly(RestoreRequested request) {
        return !request.schemas().isEmpty() || !request.tables().isEmpty();
    }
}
