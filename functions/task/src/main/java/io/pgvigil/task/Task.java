package io.pgvigil.task;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.AutoKind;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.config.NamePattern;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.restore.RestoreRecord;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.run.Lease;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.run.TaskReport;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.wal.Harvest;
import io.pgvigil.postgres.SourceDatabase;
import io.pgvigil.postgres.physical.SourceCluster;
import io.pgvigil.runtime.Metrics;
import io.pgvigil.runtime.WalMetrics;
import io.pgvigil.task.copy.BackupCopy;
import io.pgvigil.task.drill.DatabaseDrill;
import io.pgvigil.task.drill.ManagedDrill;
import io.pgvigil.task.dump.DatabaseBackup;
import io.pgvigil.task.physical.ClusterBackup;
import io.pgvigil.task.physical.ClusterDrill;
import io.pgvigil.task.physical.ClusterRestore;
import io.pgvigil.task.physical.TableRescue;
import io.pgvigil.task.physical.WalHarvest;
import io.pgvigil.task.restore.DatabaseRestore;
import io.pgvigil.task.restore.ServiceRestore;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Leases;
import io.pgvigil.wire.Manifests;
import io.pgvigil.wire.Runs;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/// Does one run and reports. The report is the task's last word; sealing is not its job.
final class Task {
    private final ObjectStore store;
    private final Runs runs;
    private final Leases leases;
    private final Connections connections;
    private final DatabaseBackup backup;
    private final ClusterBackup clusterBackup;
    private final ClusterRestore clusterRestore;
    private final WalHarvest harvest;
    private final DatabaseDrill drill;
    private final ClusterDrill clusterDrill;
    private final DatabaseRestore restore;
    private final TableRescue rescue;
    private final BackupCopy copy;
    private final Function<StoreUri, ObjectStore> further;
    private AutoKind auto = AutoKind.STANDARD;
    private WalHarvest.Rhythm rhythm = WalHarvest.Rhythm.STANDARD;
    private BooleanSupplier stopping = () -> Thread.currentThread().isInterrupted();
    private Metrics metrics = Metrics.NONE;
    private Progress progress = Progress.NONE;
    private Supplier<ServiceRestore> serviceRestore = Task::unmanaged;
    private Supplier<ManagedDrill> managedDrill = Task::unmanaged;

    Task(
            ObjectStore store,
            Leases leases,
            Connections connections,
            DatabaseBackup backup,
            ClusterBackup clusterBackup,
            ClusterRestore clusterRestore,
            WalHarvest harvest,
            DatabaseDrill drill,
            ClusterDrill clusterDrill,
            DatabaseRestore restore,
            TableRescue rescue,
            BackupCopy copy,
            Function<StoreUri, ObjectStore> further) {
        this.store = store;
        this.runs = new Runs(store);
        this.leases = leases;
        this.connections = connections;
        this.backup = backup;
        this.clusterBackup = clusterBackup;
        this.clusterRestore = clusterRestore;
        this.harvest = harvest;
        this.drill = drill;
        this.clusterDrill = clusterDrill;
        this.restore = restore;
        this.rescue = rescue;
        this.copy = copy;
        this.further = further;
    }

    /// With somebody to tell how far it is.
    Task telling(Progress place) {
        progress = place;
        return this;
    }

    /// With somebody who can tell it to stop, and a place for what it measures while it goes on.
    Task always(WalHarvest.Rhythm wanted, BooleanSupplier stop, Metrics place) {
        rhythm = wanted;
        stopping = stop;
        metrics = place;
        return this;
    }

    /// With services that restore servers by themselves.
    Task managed(Supplier<ServiceRestore> restores, Supplier<ManagedDrill> drills) {
        serviceRestore = restores;
        managedDrill = drills;
        return this;
    }

    private static <T> T unmanaged() {
        throw new IllegalStateException("nobody said how RDS is reached");
    }

    /// With another idea of what is large.
    Task choosing(AutoKind other) {
        auto = other;
        return this;
    }

    /// Whether everything that was asked was done.
    boolean perform(RunId id) {
        var run = runs.get(id);
        if (run.state().ended() || runs.reportOf(id).isPresent())
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "run " + id + " is over",
                    "A run is done once; ask for a new one.");
        var results = new ArrayList<TaskReport.Result>();
        Optional<Failure> failure = Optional.empty();
        try (var _ = progress.of(id)) {
            switch (run.order()) {
                case Order.Backup order -> backups(run, order, results);
                case Order.Physical order -> results.add(copied(run, order));
                case Order.Harvest order -> results.add(harvested(run, order));
                case Order.Drill order -> results.add(drilled(run, order));
                case Order.Copy order -> results.add(sent(run, order));
                case Order.Recover order -> results.add(recovered(run, order));
                case Order.PointInTime order -> results.add(restoredByRds(run, order));
                case Order.ManagedDrill order -> results.add(drilledByRds(run, order));
                case Order.Restore order -> results.add(restored(run, order));
            }
        } catch (Throwable e) {
            failure = Optional.of(Failure.of(asProblem(e)));
        }
        // Whatever interrupted the work must not keep us from saying so.
        Thread.interrupted();
        runs.report(new TaskReport(TaskReport.FORMAT, id, results, failure));
        return failure.isEmpty() && results.stream().allMatch(result -> result.failure().isEmpty());
    }

    private void backups(Run run, Order.Backup order, List<TaskReport.Result> results) {
        Optional<String> notice = Optional.empty();
        if (order.auto()) {
            var choice = choice(order);
            notice = Optional.of(AutoKind.NOTICE + choice.why());
            progress.note(notice.get());
            if (choice.kind() == BackupKind.PHYSICAL) {
                var whole =
                        new Order.Physical(
                                order.server(),
                                order.connection(),
                                order.level(),
                                order.longest(),
                                order.lock());
                results.add(noticing(copied(run, whole), notice));
                return;
            }
        }
        for (var database : databases(order)) {
            // One database that fails must not cost the others their backup.
            Optional<Manifest> manifest = Optional.empty();
            Optional<Failure> failure = Optional.empty();
            try {
                manifest = Optional.of(backedUp(run, order, database));
            } catch (Throwable e) {
                failure = Optional.of(Failure.of(asProblem(e)));
            }
            var result =
                    new TaskReport.Result(
                            database,
                            RunIds.backup(run.run(), BackupKind.LOGICAL, database),
                            manifest,
                            Optional.empty(),
                            failure);
            results.add(noticing(result, notice));
            if (Thread.currentThread().isInterrupted())
                throw new Problem(
                        ErrorCode.RUN_CANCELLED,
                        "run " + run.run() + " was told to stop",
                        "What was finished before is kept; start it again for the rest.");
        }
    }

    private static TaskReport.Result noticing(TaskReport.Result result, Optional<String> notice) {
        return new TaskReport.Result(
                result.database(),
                result.backup(),
                result.manifest().map(one -> notice.map(one::noticing).orElse(one)),
                result.record(),
                result.failure());
    }

    /// Asks the server; what keeps it from being copied only if that matters.
    private AutoKind.Choice choice(Order.Backup order) {
        var entry =
                order.databases().isEmpty() ? ClusterBackup.ENTRY : order.databases().getFirst();
        var source = new SourceCluster(connections.logins(order.connection(), entry), entry);
        var largest = source.largest(order.databases());
        return auto.decide(
                new AutoKind.Facts(
                        largest,
                        auto.isLarge(largest)
                                ? source.obstacle(InstantSource.system())
                                : Optional.empty()));
    }

    private List<DatabaseName> databases(Order.Backup order) {
        if (!order.databases().isEmpty()) return order.databases();
        var except = order.except().stream().map(NamePattern::new).toList();
        // Every cluster has it, and whoever may list databases may connect to it.
        var entry = new DatabaseName("postgres");
        try (var source =
                SourceDatabase.connect(
                        connections.logins(order.connection(), entry).login(), entry)) {
            return source.databases().stream()
                    .filter(name -> except.stream().noneMatch(one -> one.matches(name.value())))
                    .toList();
        }
    }

    private Manifest backedUp(Run run, Order.Backup order, DatabaseName database) {
        if (database.equals(DatabaseName.CLUSTER))
            throw new Problem(
                    ErrorCode.NOT_SUPPORTED_HERE,
                    "the database " + database + " has the name that stands for a whole server",
                    "Rename it, leave it out with `except:`, or make a physical backup.");
        var logins = connections.logins(order.connection(), database);
        var key = Layout.backupLease(order.server(), database);
        return holding(
                key,
                run.run(),
                claim -> backup.make(run, order, database, logins, claim::requireHeld));
    }

    private TaskReport.Result copied(Run run, Order.Physical order) {
        Optional<Manifest> manifest = Optional.empty();
        Optional<Failure> failure = Optional.empty();
        try {
            var logins = connections.logins(order.connection(), ClusterBackup.ENTRY);
            manifest =
                    Optional.of(
                            holding(
                                    Layout.backupLease(order.server(), DatabaseName.CLUSTER),
                                    run.run(),
                                    claim ->
                                            clusterBackup.make(
                                                    run, order, logins, claim::requireHeld)));
        } catch (Throwable e) {
            failure = Optional.of(Failure.of(asProblem(e)));
        }
        return new TaskReport.Result(
                DatabaseName.CLUSTER,
                RunIds.backup(run.run(), DatabaseName.CLUSTER),
                manifest,
                Optional.empty(),
                failure);
    }

    private <T> T holding(ObjectKey key, RunId run, Function<LeaseKeeper, T> work) {
        try (var claim = LeaseKeeper.take(leases, key, run)) {
            try {
                return work.apply(claim);
            } catch (Problem problem) {
                throw claim.reason(problem);
            }
        }
    }

    private TaskReport.Result drilled(Run run, Order.Drill order) {
        var key = Layout.readLease(order.server(), order.database(), order.backup(), run.run());
        return holding(
                key,
                run.run(),
                _ -> {
                    var manifest = manifest(order.server(), order.database(), order.backup());
                    var record =
                            manifest.kind() == BackupKind.PHYSICAL
                                    ? clusterDrill.run(run, order, manifest)
                                    : drill.run(run, order, manifest);
                    var place = Layout.drill(order.server(), order.database(), run.run());
                    store.create(place, Json.bytes(record));
                    return new TaskReport.Result(
                            order.database(),
                            order.backup(),
                            Optional.empty(),
                            Optional.of(place),
                            Optional.empty());
                });
    }

    private TaskReport.Result sent(Run run, Order.Copy order) {
        var key = Layout.readLease(order.server(), order.database(), order.backup(), run.run());
        return holding(
                key,
                run.run(),
                _ -> {
                    var manifest = manifest(order.server(), order.database(), order.backup());
                    var to = StoreUri.parse(order.to());
                    var place = Layout.copy(order.server(), order.database(), order.backup(), to);
                    var there = further.apply(to);
                    if (order.later().isEmpty())
                        // It may say so already: then this run has checked it once more.
                        store.create(place, Json.bytes(copy.run(manifest, there, order.lock())));
                    for (var later : copy.later(manifest, there, order.later()))
                        store.create(
                                Layout.copiedLater(
                                        order.server(),
                                        order.database(),
                                        order.backup(),
                                        to,
                                        later.what()),
                                Json.bytes(later));
                    return new TaskReport.Result(
                            order.database(),
                            order.backup(),
                            Optional.empty(),
                            Optional.of(place),
                            Optional.empty());
                });
    }

    private TaskReport.Result restored(Run run, Order.Restore order) {
        var key = Layout.readLease(order.server(), order.database(), order.backup(), run.run());
        return holding(
                key,
                run.run(),
                claim -> {
                    var manifest = manifest(order.server(), order.database(), order.backup());
                    var logins = connections.logins(order.target(), order.targetDatabase());
                    var record =
                            order.rescue().isPresent()
                                    ? rescue.run(run, order, manifest, logins)
                                    : restore.run(run, order, manifest, logins);
                    return ended(run, claim, order.database(), record);
                });
    }

    private TaskReport.Result ended(
            Run run, LeaseKeeper claim, DatabaseName database, RestoreRecord record) {
        var place = Layout.restoreRecord(run.run());
        keep(place, record);
        return new TaskReport.Result(
                database,
                record.backup(),
                Optional.empty(),
                Optional.of(place),
                record.failure().map(failure -> Failure.of(claim.reason(failure.toProblem()))));
    }

    /// Work that was told to stop has a record, too.
    private void keep(ObjectKey place, Object record) {
        Uninterrupted.run(() -> store.create(place, Json.bytes(record)));
    }

    private TaskReport.Result harvested(Run run, Order.Harvest order) {
        // One that was queued has nobody who waits for its answer: whoever is at work does its
        // work.
        var other = run.turn().isPresent() ? atHarvest(run, order) : Optional.<Lease>empty();
        if (other.isPresent()) {
            progress.note("run " + other.get().holder() + " is harvesting; nothing to do");
            return new TaskReport.Result(
                    DatabaseName.CLUSTER,
                    RunIds.backup(run.run(), BackupKind.WAL, DatabaseName.CLUSTER),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty());
        }
        var logins = connections.logins(order.connection(), ClusterBackup.ENTRY);
        return holding(
                Layout.walLease(order.server()),
                run.run(),
                claim -> {
                    var outcome =
                            order.always()
                                    ? harvest.always(
                                            run,
                                            order,
                                            logins,
                                            claim::requireHeld,
                                            rhythm,
                                            stopping,
                                            this::measure)
                                    : harvest.run(run, order, logins, claim::requireHeld);
                    var record = outcome.record();
                    var place =
                            Layout.harvest(order.server(), record.systemIdentifier(), run.run());
                    store.create(place, Json.bytes(record));
                    return new TaskReport.Result(
                            DatabaseName.CLUSTER,
                            RunIds.backup(run.run(), BackupKind.WAL, DatabaseName.CLUSTER),
                            Optional.empty(),
                            Optional.of(place),
                            outcome.problem().map(Failure::of));
                });
    }

    /// Harvests until it is told to stop, without a run that anybody asked for: a service is started by
    /// the platform, and again when it ends. What goes wrong is waited out, whatever it is: meanwhile the
    /// harvests that are due by the clock go on, and announce what is wrong.
    ///
    /// @param order one that is always on
    void serve(Order.Harvest order, Duration pause) {
        while (!stopping.getAsBoolean()) {
            var now = InstantSource.system().instant();
            var run = Run.asked(RunIds.of(order, now, UUID.randomUUID() + ""), order, now);
            try {
                harvested(run, order);
            } catch (RuntimeException e) {
                progress.note(
                        "the harvest of "
                                + order.server()
                                + " begins anew in "
                                + pause.toSeconds()
                                + " s: "
                                + asProblem(e).getMessage());
            }
            try {
                if (!stopping.getAsBoolean()) Thread.sleep(pause);
            } catch (InterruptedException stopped) {
                // The loop's condition says whether that was meant.
            }
        }
    }

    /// An always-on harvest has no end at which somebody else could tell how far it is.
    private void measure(Harvest record) {
        metrics.put(record.finished(), Optional.of(record.server()), WalMetrics.of(record));
    }

    private Optional<Lease> atHarvest(Run run, Order.Harvest order) {
        return leases.find(Layout.walLease(order.server()))
                .filter(lease -> lease.heldAt(InstantSource.system().instant()))
                .filter(lease -> !lease.holder().equals(run.run()));
    }

    private TaskReport.Result recovered(Run run, Order.Recover order) {
        var key = Layout.readLease(order.server(), DatabaseName.CLUSTER, order.backup(), run.run());
        return holding(
                key,
                run.run(),
                claim -> {
                    var manifest = manifest(order.server(), DatabaseName.CLUSTER, order.backup());
                    var record = clusterRestore.run(run, order, manifest);
                    return ended(run, claim, DatabaseName.CLUSTER, record);
                });
    }

    private TaskReport.Result restoredByRds(Run run, Order.PointInTime order) {
        var record = serviceRestore.get().run(run, order);
        return kept(run, Layout.managedRestore(run.run()), record);
    }

    private TaskReport.Result drilledByRds(Run run, Order.ManagedDrill order) {
        var record = managedDrill.get().run(run, order);
        var place = Layout.drill(order.server(), DatabaseName.CLUSTER, run.run());
        return kept(run, place, record);
    }

    /// What is about a server whose backups are not in the store: it has an id and nothing under it.
    private TaskReport.Result kept(Run run, ObjectKey place, Object record) {
        keep(place, record);
        return new TaskReport.Result(
                DatabaseName.CLUSTER,
                RunIds.backup(run.run(), DatabaseName.CLUSTER),
                Optional.empty(),
                Optional.of(place),
                Optional.empty());
    }

    private Manifest manifest(ServerName server, DatabaseName database, BackupId backup) {
        // Our claim is written. Whoever deletes writes first that it does, and looks for claims
        // then:
        // one of us sees the other.
        if (store.stat(Layout.deleting(server, database, backup)).isPresent())
            throw new Problem(
                    ErrorCode.BACKUP_BEING_DELETED,
                    "backup " + backup + " is being deleted by retention",
                    "Take another one; pgvigil list shows them.");
        var key = Layout.of(server, database, backup, Layout.MANIFEST);
        return store.document(key)
                .map(Manifests::read)
                .orElseThrow(() ->
                        new Problem(
                                ErrorCode.BACKUP_NOT_FOUND,
                                key + " is not in " + store.uri(),
                                "Was the backup removed after this run was asked for?"));
    }

    private static Problem asProblem(Throwable e) {
        if (e instanceof Problem problem) return problem;
        return new Problem(
                ErrorCode.INTERNAL,
                "unexpected " + e,
                "This is a defect of ours; the log has the details.",
                e);
    }
}
