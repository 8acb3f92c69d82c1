package io.pgvigil.task;

import io.pgvigil.aws.secrets.AwsSecrets;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.postgres.Tools;
import io.pgvigil.runtime.Metrics;
import io.pgvigil.runtime.Settings;
import io.pgvigil.runtime.Stores;
import io.pgvigil.runtime.ThisHost;
import io.pgvigil.runtime.Version;
import io.pgvigil.task.copy.BackupCopy;
import io.pgvigil.task.drill.DatabaseDrill;
import io.pgvigil.task.drill.ManagedDrill;
import io.pgvigil.task.drill.RdsHost;
import io.pgvigil.task.dump.DatabaseBackup;
import io.pgvigil.task.physical.ClusterBackup;
import io.pgvigil.task.physical.ClusterDrill;
import io.pgvigil.task.physical.ClusterRestore;
import io.pgvigil.task.physical.TableRescue;
import io.pgvigil.task.physical.WalHarvest;
import io.pgvigil.task.restore.DatabaseRestore;
import io.pgvigil.task.restore.ServiceRestore;
import io.pgvigil.wire.Leases;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// What the task is made of, in a container and as a child process alike.
final class TaskWiring {
    private TaskWiring() {}

    /// One that sends nothing to further stores.
    static Task standard(BooleanSupplier stopping) {
        return standard(place -> Stores.further(place, System.getenv()), stopping);
    }

    /// @param further opens further stores; whoever made it closes it when the task has ended
    /// @param stopping whether the program was told to stop
    static Task standard(Function<StoreUri, ObjectStore> further, BooleanSupplier stopping) {
        var environment = System.getenv();
        var settings = new Settings(environment);
        var address = settings.required("PGVIGIL_STORE");
        settings.throwIfAnyProblem();
        var work =
                Path.of(
                        settings.optional("PGVIGIL_WORK")
                                .orElse(System.getProperty("java.io.tmpdir")));
        var clock = clock(settings);
        var store = Stores.open(StoreUri.parse(address), environment);
        var tools = Tools.find(environment);
        var progress = new StoredProgress(new StdoutProgress(System.out), store, clock);
        var cores = Runtime.getRuntime().availableProcessors();
        return new Task(
                        store,
                        new Leases(store, clock, new ThisHost()),
                        new Connections(environment, AwsSecrets.from(environment)),
                        new DatabaseBackup(store, tools, progress, clock, Version.CURRENT, cores),
                        new ClusterBackup(
                                store, tools, progress, clock, Version.CURRENT, cores, work),
                        new ClusterRestore(store, progress, clock),
                        new WalHarvest(store, progress, clock),
                        new DatabaseDrill(
                                store,
                                tools,
                                progress,
                                clock,
                                work,
                                () -> RdsHost.from(environment, store, tools, progress, clock)),
                        new ClusterDrill(
                                store, tools, progress, clock, work, new SecureRandom()::nextLong),
                        new DatabaseRestore(store, tools, progress, clock, work),
                        new TableRescue(store, tools, progress, clock, work),
                        new BackupCopy(store, progress, clock),
                        further)
                .telling(progress)
                .managed(
                        () -> ServiceRestore.from(environment, progress, clock),
                        () -> ManagedDrill.from(environment, store, tools, progress, clock))
                .always(WalHarvest.Rhythm.STANDARD, stopping, Metrics.standard(environment));
    }

    /// The machine's; a demo lets a week pass in a minute.
    private static InstantSource clock(Settings settings) {
        var ahead = settings.optional("PGVIGIL_CLOCK_AHEAD").map(Duration::parse);
        return ahead.<InstantSource>map(by -> Clock.offset(Clock.systemUTC(), by))
                .orElse(InstantSource.system());
    }
}
