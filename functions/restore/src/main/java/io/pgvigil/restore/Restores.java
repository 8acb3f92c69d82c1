package io.pgvigil.restore;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retrieval.Retrieval;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.run.TaskSize;
import io.pgvigil.core.wal.Point;
import io.pgvigil.core.wal.RecoveryPlan;
import io.pgvigil.core.wal.RecoveryPlanner;
import io.pgvigil.core.wal.RecoveryTarget;
import io.pgvigil.runtime.Orders;
import io.pgvigil.runtime.Retrievals;
import io.pgvigil.runtime.Sizing;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.WalCatalog;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Orders restores.
public final class Restores {
    private static final int JOBS = 2;
    private static final int MOST_JOBS = 64;

    // Each holds 8 MiB and what it came from; a store answers several connections faster than one.
    private static final int FETCHES = 4;

    private final Catalog catalog;
    private final Orders orders;
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

    public Restores(Catalog catalog, Orders orders, Sizing sizing, Retrievals retrievals) {
        this.catalog = catalog;
        this.orders = orders;
        this.sizing = sizing;
        this.retrievals = retrievals;
    }

    public Ordered order(RestoreRequested request, String nonce) {
        if (request.rds().isPresent()) return byRds(request, request.rds().get(), nonce);
        if (request.intoSchema().isPresent()) return rescue(request, nonce);
        if (request.folder().isPresent()) return recover(request, request.folder().get(), nonce);
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
                        new Catalog.Filter(request.server(), request.database()),
                        BackupKind.LOGICAL);
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
        return place(
                order,
                backup,
                backup.backup(),
                sizing.restore(backup, partly(request)),
                request,
                nonce);
    }

    private Ordered byRds(RestoreRequested request, RdsTarget target, String nonce) {
        if (request.target().isPresent()
                || request.targetDatabase().isPresent()
                || request.database().isPresent()
                || request.backup().isPresent()
                || request.folder().isPresent()
                || request.intoSchema().isPresent()
                || request.create()
                || request.clean()
                || request.replace()
                || partly(request))
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "RDS restores a whole server out of its own backups, and nothing else",
                    "Leave out everything but server, point, rds and dryRun.");
        var server =
                request.server()
                        .orElseThrow(() ->
                                new Problem(
                                        ErrorCode.EVENT_INVALID,
                                        "the event does not say which server that is (server)",
                                        "events/restore.rds.json shows what this takes."));
        var order =
                new Order.PointInTime(
                        server,
                        target.source(),
                        target.id(),
                        request.point().flatMap(Restores::time),
                        target.instanceClass(),
                        target.subnetGroup(),
                        target.securityGroups(),
                        request.dryRun());
        var placed =
                orders.place(order, Optional.empty(), nonce, Orders.Terms.apart(Optional.empty()));
        return new Ordered(
                placed.run(),
                RunIds.backup(placed.run(), DatabaseName.CLUSTER),
                server,
                DatabaseName.CLUSTER,
                placed.state(),
                Optional.empty());
    }

    /// Empty for the latest moment.
    private static Optional<Instant> time(Point point) {
        if (point.timeline().isPresent()) throw onlyTimes();
        return switch (point.target()) {
            case RecoveryTarget.Time(var at) -> Optional.of(at);
            case RecoveryTarget.Latest _ -> Optional.empty();
            case RecoveryTarget.Immediate _,
                    RecoveryTarget.Position _,
                    RecoveryTarget.Transaction _,
                    RecoveryTarget.RestorePoint _ ->
                    throw onlyTimes();
        };
    }

    private static Problem onlyTimes() {
        return new Problem(
                ErrorCode.USAGE_INVALID,
                "RDS restores to a time, or to its latest moment, and to nothing else",
                "Give a point of kind TIME, or leave it out.");
    }

    private Ordered recover(RestoreRequested request, String folder, String nonce) {
        if (request.target().isPresent()
                || request.targetDatabase().isPresent()
                || request.create()
                || request.clean()
                || request.replace()
                || partly(request))
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "a data folder is made of a whole server and of nothing else",
                    "Leave out target, create, clean, replace and the selection; for a part, restore a"
                            + " logical backup into a database.");
        var word = request.backup().orElse("latest");
        var newest =
                catalog.resolve(
                        word,
                        new Catalog.Filter(request.server(), Optional.empty()),
                        BackupKind.PHYSICAL);
        // A backup that is named stands for itself; "latest" means the latest moment there is.
        var named = !word.equals("latest");
        var point = request.point().or(() -> named ? Optional.empty() : Optional.of(Point.LATEST));
        var backup = point.map(where -> base(newest, named, where)).orElse(newest.backup());
        var order =
                new Order.Recover(
                        newest.server(),
                        backup,
                        folder,
                        request.tablespaces(),
                        Math.clamp(request.jobs().orElse(FETCHES), 1, MOST_JOBS),
                        request.dryRun(),
                        point);
        return place(order, newest, backup, Optional.empty(), request, nonce);
    }

    /// The base is chosen by us: nobody at three in the morning should have to.
    private Ordered rescue(RestoreRequested request, String nonce) {
        if (request.folder().isPresent()
                || request.create()
                || request.clean()
                || request.replace()
                || !request.schemas().isEmpty()
                || request.tables().isEmpty()
                || request.target().isEmpty())
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "a new schema takes tables, of a database in use, and nothing else",
                    "Name the tables (--table app.orders) and the database (--to URL); leave out schemas,"
                            + " create, clean and replace.");
        var database =
                request.database()
                        .or(request::targetDatabase)
                        .orElseThrow(() ->
                                new Problem(
                                        ErrorCode.USAGE_INVALID,
                                        "it is not said which database the tables were in",
                                        "Name it with --database, or at the end of the target's URL."));
        var word = request.backup().orElse("latest");
        if (ofDump(request, word)) return rescueOfDump(request, database, nonce);
        var newest =
                catalog.resolve(
                        word,
                        new Catalog.Filter(request.server(), Optional.empty()),
                        BackupKind.PHYSICAL);
        var point = request.point().orElse(Point.LATEST);
        var backup = base(newest, !word.equals("latest"), point);
        var order =
                new Order.Restore(
                        newest.server(),
                        newest.database(),
                        backup,
                        request.target().get(),
                        request.targetDatabase().orElse(database),
                        List.of(),
                        request.tables(),
                        Math.clamp(request.jobs().orElse(FETCHES), 1, MOST_JOBS),
                        false,
                        false,
                        false,
                        request.dryRun(),
                        Optional.empty(),
                        Optional.of(new Order.Rescue(database, point, request.intoSchema().get())));
        return place(order, newest, backup, sizing.rescue(newest), request, nonce);
    }

    /// A dump is meant where it is named, and where there is nothing else and no moment is asked for.
    private boolean ofDump(RestoreRequested request, String word) {
        var backups = catalog.backups(new Catalog.Filter(request.server(), Optional.empty()));
        var named = backups.stream().filter(one -> one.backup().value().equals(word)).findFirst();
        if (named.isPresent()) return named.get().kind() == BackupKind.LOGICAL;
        return request.point().isEmpty()
                && backups.stream().noneMatch(one -> one.kind() == BackupKind.PHYSICAL);
    }

    private Ordered rescueOfDump(RestoreRequested request, DatabaseName database, String nonce) {
        if (request.point().isPresent())
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "a logical backup is of one moment, and a point in time is asked for",
                    "Leave out the moment, or leave out the backup to have a physical one chosen.");
        var backup =
                catalog.resolve(
                        request.backup().orElse("latest-proven"),
                        // The one that is named may be of a database of another name.
                        new Catalog.Filter(
                                request.server(),
                                request.backup().isPresent()
                                        ? request.database()
                                        : Optional.of(database)),
                        BackupKind.LOGICAL);
        var order =
                new Order.Restore(
                        backup.server(),
                        backup.database(),
                        backup.backup(),
                        request.target().orElseThrow(),
                        request.targetDatabase().orElse(backup.database()),
                        List.of(),
                        request.tables(),
                        Math.clamp(request.jobs().orElse(JOBS), 1, MOST_JOBS),
                        false,
                        false,
                        false,
                        request.dryRun(),
                        Optional.empty(),
                        Optional.of(
                                new Order.Rescue(
                                        backup.database(),
                                        Point.LATEST,
                                        request.intoSchema().orElseThrow())));
        return place(order, backup, backup.backup(), sizing.rescue(backup), request, nonce);
    }

    /// @param of the server and database whose backup it is
    private Ordered place(
            Order order,
            Manifest of,
            BackupId backup,
            Optional<TaskSize> size,
            RestoreRequested request,
            String nonce) {
        var retrieval = retrievals.begin(of.server(), of.database(), backup, request.retrieve());
        var placed =
                orders.place(
                        order, Optional.empty(), nonce, Orders.Terms.apart(size).after(retrieval));
        return new Ordered(
                placed.run(),
                backup,
                of.server(),
                of.database(),
                placed.state(),
                retrieval.map(Retrieval::by));
    }

    private BackupId base(Manifest newest, boolean named, Point point) {
        var log = new WalCatalog(catalog.store()).of(newest);
        var only = named ? Optional.of(newest.backup()) : Optional.<BackupId>empty();
        return switch (new RecoveryPlanner(log.bases(), log.wal())
                .plan(point.target(), point.chosenTimeline(), only)) {
            case RecoveryPlan.Reachable reachable -> reachable.base().backup();
            case RecoveryPlan.Refused(var code, var what, var hint) ->
                    throw new Problem(code, what, hint);
        };
    }

    private static boolean partly(RestoreRequested request) {
        return !request.schemas().isEmpty() || !request.tables().isEmpty();
    }
}
