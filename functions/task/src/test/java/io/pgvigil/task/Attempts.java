package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.drill.Acceptance;
import io.pgvigil.core.drill.Check;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.restore.RestoreRecord;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.run.TaskStopped;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.wal.Harvest;
import io.pgvigil.core.wal.Point;
import io.pgvigil.postgres.Tools;
import io.pgvigil.runtime.Seals;
import io.pgvigil.task.copy.BackupCopy;
import io.pgvigil.task.drill.DatabaseDrill;
import io.pgvigil.task.drill.RdsHost;
import io.pgvigil.task.dump.DatabaseBackup;
import io.pgvigil.task.physical.ClusterBackup;
import io.pgvigil.task.physical.ClusterDrill;
import io.pgvigil.task.physical.ClusterRestore;
import io.pgvigil.task.physical.TableRescue;
import io.pgvigil.task.physical.WalHarvest;
import io.pgvigil.task.restore.DatabaseRestore;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Leases;
import io.pgvigil.wire.Runs;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/// Runs of one test, from the order to the seal, against a store that may fail in between.
///
/// The store given here is the healthy one: it is what `seal` and the next run see.
final class Attempts {
    static final ServerName SERVER = new ServerName("orders");
    private static final AtomicInteger NONCES = new AtomicInteger();

    /// Of the random moment that a physical drill recovers to.
    static final long SEED = Long.getLong("pgvigil.seed", 4711);

    private static final InstantSource CLOCK = InstantSource.system();

    private final ObjectStore store;
    private final TestServer server;
    private final DatabaseName database;

    Attempts(ObjectStore store, TestServer server, String database) {
        this.store = store;
        this.server = server;
        this.database = new DatabaseName(database);
    }

    ObjectStore store() {
        return store;
    }

    /// How a task meets the world; what is not said is healthy.
    record Circumstances(ObjectStore store, Tools tools, String password, Duration longest) {}

    Circumstances healthy() {
        return new Circumstances(
                store,
                Tools.find(Map.of("PGVIGIL_PG_BIN", server.bin().toString())),
                TestServer.PASSWORD,
                Duration.ofMinutes(2));
    }

    Circumstances with(ObjectStore faulty) {
        var well = healthy();
        return new Circumstances(faulty, well.tools(), well.password(), well.longest());
    }

    Circumstances with(Tools tools, Duration longest) {
        var well = healthy();
        return new Circumstances(well.store(), tools, well.password(), longest);
    }

    Circumstances withPassword(String password) {
        var well = healthy();
        return new Circumstances(well.store(), well.tools(), password, well.longest());
    }

    /// Backs up, and closes the run as the platform would.
    Seals.Closed backup(Circumstances circumstances) {
        return backup(circumstances, Selection.EVERYTHING);
    }

    Seals.Closed backup(Circumstances circumstances, Selection selection) {
        return closed(
                circumstances,
                new Order.Backup(
                        SERVER,
                        connection(),
                        List.of(database),
                        List.of(),
                        selection,
                        1,
                        Duration.ofSeconds(10),
                        circumstances.longest()));
    }

    Seals.Closed closed(Circumstances circumstances, Order order) {
        var run = ordered(order);
        var exit = 137;
        try {
            exit = task(circumstances).perform(run) ? 0 : 1;
        } catch (RuntimeException killed) {
            // The process ended here; what it left is what counts.
        }
        // A later test must not inherit an interrupt that this one caused.
        assertThat(Thread.interrupted()).as("an interrupt left behind").isFalse();
        return sealed(run, exit);
    }

    RunId ordered(Order order) {
        var now = CLOCK.instant();
        var id = RunIds.of(order, now, "test-" + NONCES.incrementAndGet());
        var runs = new Runs(store);
        runs.ask(Run.asked(id, order, now));
        runs.move(id, run -> run.started("test"));
        return id;
    }

    Seals.Closed sealed(RunId run, int exit) {
        return new Seals(store, host(1), CLOCK)
                .stopped(new TaskStopped(run, Optional.of(exit), "exited", CLOCK.instant()));
    }

    Task task(Circumstances circumstances) {
        return task(
                circumstances,
                () -> {
                    throw new AssertionError("no drill of these tests goes to RDS");
                });
    }

    Task task(Circumstances circumstances, Supplier<RdsHost> rds) {
        var faulty = circumstances.store();
        var tools = circumstances.tools();
        var work = Path.of(System.getProperty("java.io.tmpdir"));
        return new Task(
                faulty,
                new Leases(faulty, CLOCK, host(2)),
                new Connections(
                        Map.of("PGPASSWORD", circumstances.password()), (_, _) -> Optional.empty()),
                new DatabaseBackup(faulty, tools, Progress.NONE, CLOCK, "test", 1),
                new ClusterBackup(faulty, tools, Progress.NONE, CLOCK, "test", 2, work),
                new ClusterRestore(faulty, Progress.NONE, CLOCK),
                new WalHarvest(faulty, Progress.NONE, CLOCK),
                new DatabaseDrill(faulty, tools, Progress.NONE, CLOCK, work, rds),
                new ClusterDrill(faulty, tools, Progress.NONE, CLOCK, work, () -> SEED),
                new DatabaseRestore(faulty, tools, Progress.NONE, CLOCK, work),
                new TableRescue(faulty, tools, Progress.NONE, CLOCK, work),
                new BackupCopy(faulty, Progress.NONE, CLOCK),
                _ -> faulty);
    }

    /// A copy of the whole server.
    Manifest base() {
        var closed =
                closed(
                        healthy(),
                        new Order.Physical(SERVER, connection(), 1, Duration.ofMinutes(2)));
        assertThat(closed.state()).as("%s", closed.why()).isEqualTo(RunState.SEALED);
        var made = closed.outcomes().getFirst().backup();
        return listed().stream().filter(one -> one.backup().equals(made)).findFirst().orElseThrow();
    }

    Harvest harvest() {
        return done(closed(healthy(), harvestOrder(false)), Harvest.class);
    }

    /// @param unlimited whether a server without `max_slot_wal_keep_size` is taken
    Order.Harvest harvestOrder(boolean unlimited) {
        return new Order.Harvest(
                SERVER, connection(), "pgvigil", 1, Duration.ofMinutes(1), unlimited);
    }

    /// Makes the folder `data` in a folder, unless it is refused: the record says it.
    RestoreRecord recovered(BackupId base, Path folder, Point point) {
        return recovered(healthy(), base, folder, point);
    }

    RestoreRecord recovered(Circumstances circumstances, BackupId base, Path folder, Point point) {
        return record(
                closed(
                        circumstances,
                        new Order.Recover(
                                SERVER,
                                base,
                                folder.resolve("data").toString(),
                                Map.of(),
                                4,
                                false,
                                Optional.of(point))),
                RestoreRecord.class);
    }

    Drill drill(BackupId backup, List<Check> checks, List<Acceptance> accept) {
        return done(
                closed(healthy(), new Order.Drill(SERVER, database, backup, 2, checks, accept)),
                Drill.class);
    }

    /// What a run that came to its end wrote about itself.
    <T> T done(Seals.Closed closed, Class<T> type) {
        assertThat(closed.state()).as("%s", closed.why()).isEqualTo(RunState.DONE);
        return record(closed, type);
    }

    /// What a run wrote about itself, whether it could do what it was to do or not.
    <T> T record(Seals.Closed closed, Class<T> type) {
        var key = closed.outcomes().getFirst().record().orElseThrow();
        return Json.read(store.document(key).orElseThrow().content(), type, key.value());
    }

    ConnectionRef connection() {
        return new ConnectionRef(
                "127.0.0.1",
                server.port(),
                TestServer.USER,
                "prefer",
                Optional.empty(),
                Optional.empty());
    }

    List<Manifest> listed() {
        return new Catalog(store).backups(Catalog.Filter.ANY);
    }

    /// What must hold after any failure: nothing looks like a backup, nothing is under way, and the
    /// claim is free.
    void requireNothingLeft() {
        assertThat(listed()).as("backups").isEmpty();
        requireTidy();
    }

    void requireTidy() {
        try (var pending = store.pendingUploads("")) {
            assertThat(pending).as("uploads under way").isEmpty();
        }
        assertThat(new Leases(store, CLOCK, host(3)).held(Layout.backupLease(SERVER, database)))
                .as("the claim is held")
                .isFalse();
    }

    /// The next run works, and what it lists is its own.
    Manifest requireNextRunWorks() {
        var before = listed().size();
        var closed = backup(healthy());
        assertThat(closed.state()).as("%s", closed.why()).isEqualTo(RunState.SEALED);
        assertThat(listed()).hasSize(before + 1);
        requireTidy();
        return listed().getLast();
    }

    private static Leases.Host host(long pid) {
        return new Leases.Host() {
            @Override
            public String name() {
                return "test";
            }

            @Override
            public long pid() {
                return pid;
            }

            @Override
            public boolean gone(long other) {
                return false;
            }
        };
    }
}
