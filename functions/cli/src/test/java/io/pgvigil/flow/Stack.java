package io.pgvigil.flow;

import com.amazonaws.services.lambda.runtime.events.ScheduledEvent;
import com.amazonaws.services.lambda.runtime.serialization.events.LambdaEventSerializers;
import io.pgvigil.backup.BackupHandler;
import io.pgvigil.backup.Backups;
import io.pgvigil.backup.Ticks;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.run.Sweeper;
import io.pgvigil.core.run.TaskLauncher;
import io.pgvigil.core.run.TaskReport;
import io.pgvigil.core.run.TaskSight;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.Flow;
import io.pgvigil.runtime.Metrics;
import io.pgvigil.runtime.Sizing;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.seal.Arrivals;
import io.pgvigil.seal.SealHandler;
import io.pgvigil.testkit.EventFiles;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.Invocation;
import io.pgvigil.testkit.RememberingAnnouncer;
import io.pgvigil.testkit.SampleBackup;
import io.pgvigil.watch.Findings;
import io.pgvigil.watch.Watch;
import io.pgvigil.watch.WatchHandler;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Runs;
import io.pgvigil.wire.config.ConfigurationReader;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The deployed functions around one store in memory, fed with their real JSON.
final class Stack {
    static final Instant TICK = Instant.parse("2026-11-22T02:30:00Z");
    static final ServerName SERVER = new ServerName("orders-prod");

    final InMemoryObjectStore memory;
    final RememberingAnnouncer announcer;
    final StringBuffer metrics = new StringBuffer();
    final StringBuffer log = new StringBuffer();
    final Runs runs;
    private final BackupHandler backup;
    private final SealHandler seal;
    private final WatchHandler watch;
    private final Flow flow;

    /// @param store what the functions see of the memory
    <T extends TaskLauncher & TaskSight> Stack(
            InMemoryObjectStore memory,
            ObjectStore store,
            T tasks,
            RememberingAnnouncer announcer,
            Configuration configuration,
            InstantSource clock) {
        this.memory = memory;
        this.announcer = announcer;
        runs = new Runs(memory);
        flow =
                Flow.of(
                        store,
                        tasks,
                        tasks,
                        Optional.of(announcer),
                        Sizing.NONE,
                        new Metrics("acme", metrics::append),
                        new StateLog("test", log::append),
                        clock);
        backup =
                new BackupHandler(
                        new Backups(() -> Optional.of(configuration), flow.orders(), flow.sizing()),
                        new Ticks(flow, () -> Optional.of(configuration)));
        seal =
                new SealHandler(
                        flow.runs(),
                        flow.endings(),
                        new Arrivals(store.uri(), flow.dispatcher()),
                        flow.log());
        watch =
                new WatchHandler(
                        new Watch(
                                flow,
                                Sweeper.NONE,
                                ConfigurationSource.fixed(Optional.empty()),
                                nothingToFind()));
    }

    /// These tests are about runs; what is found in a store is tested beside watch itself.
    private Findings nothingToFind() {
        return new Findings(
                new InMemoryObjectStore(flow.clock()),
                ConfigurationSource.fixed(Optional.empty()),
                flow.announcements(),
                Findings.KeySight.NONE,
                StateLog.SILENT,
                flow.clock());
    }

    Flow flow() {
        return flow;
    }

    /// One server whose databases are backed up at half past two, so many at once.
    static Configuration configuration(int atOnce, List<String> databases) {
        return ConfigurationReader.read(
                """
                store: s3://acme-backups/pg
                servers:
                  orders-prod:
                    connect: { host: orders.internal, user: backup, secret: iam }
                    databases: %s
                    profile: nightly
                    limits: { at_once: %d, catch_up: 6h }
                profiles:
                  nightly: { logical: "daily 02:30 UTC", keep: { daily: 7 } }
                """
                        .formatted(databases, atOnce),
                "the test's configuration");
    }

    static List<String> databases(int count) {
        var names = new ArrayList<String>();
        for (var number = 1; number <= count; number++) names.add("db%02d".formatted(number));
        return names;
    }

    String tick(Instant at) {
        return new Invocation("tick-" + at).of(backup, "{\"tick\": \"" + at + "\"}");
    }

    String watch() {
        return new Invocation("watch").of(watch, EventFiles.read("watch.tick"));
    }

    String stopped(RunId run) {
        var event =
                EventFiles.read("seal.task-stopped").replace(SampleBackup.RUN.value(), run.value());
        var read =
                LambdaEventSerializers.serializerFor(
                                ScheduledEvent.class, Stack.class.getClassLoader())
                        .fromJson(new ByteArrayInputStream(event.getBytes(StandardCharsets.UTF_8)));
        return Json.line(seal.handleRequest(read, new Invocation("seal")));
    }

    /// The run that a tick makes of one database.
    RunId run(String database) {
        return memory.keys().stream()
                .filter(key -> key.matches("runs/[^./]+\\.json"))
                .map(key -> new RunId(key.substring("runs/".length(), key.indexOf('.'))))
                .filter(id ->
                        runs.get(id).order() instanceof Order.Backup order
                                && order.databases().equals(List.of(new DatabaseName(database))))
                .findFirst()
                .orElseThrow();
    }

    /// What a task of a backup does: objects, then its report.
    static void work(ObjectStore store, Run run) {
        if (!(run.order() instanceof Order.Backup order))
            throw new IllegalStateException("only backups here");
        var results = new ArrayList<TaskReport.Result>();
        for (var database : order.databases()) {
            var id = RunIds.backup(run.run(), BackupKind.LOGICAL, database);
            var manifest =
                    SampleBackup.storeObjects(store, order.server(), database, id, run.run());
            results.add(
                    new TaskReport.Result(
                            database,
                            id,
                            Optional.of(manifest),
                            Optional.empty(),
                            Optional.empty()));
        }
        new Runs(store)
                .report(new TaskReport(TaskReport.FORMAT, run.run(), results, Optional.empty()));
    }

    List<String> open() {
        return memory.keys().stream().filter(key -> key.startsWith("runs/open/")).toList();
    }
}
