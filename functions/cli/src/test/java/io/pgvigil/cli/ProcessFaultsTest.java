package io.pgvigil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.core.wal.Harvest;
import io.pgvigil.core.wal.PartialSegment;
import io.pgvigil.core.wal.SegmentName;
import io.pgvigil.core.wal.WalSegmentSize;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.runtime.ThisHost;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Leases;
import io.pgvigil.wire.Runs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Whole processes die, and the next command finds its way.
@Timeout(180)
final class ProcessFaultsTest {
    private static final ServerName SERVER = new ServerName("orders");
    private static final DatabaseName SHOP = new DatabaseName("shop");
    private static final Map<String, String> PASSWORD = Map.of("PGPASSWORD", TestServer.PASSWORD);
    private static final AtomicInteger NONCES = new AtomicInteger();

    private static final WalSegmentSize SIZE = new WalSegmentSize(16 << 20);

    private static TestServer server;

    @TempDir Path folder;

    private DirectoryStore store;
    private Path work;

    @BeforeAll
    static void start() {
        server = TestServer.start("max_slot_wal_keep_size=1GB");
        server.sql("postgres", "create database shop");
        server.sql(
                "shop",
                """
                create table pages (id int primary key, body text);
                insert into pages
                    select page, (select string_agg(md5(page || '/' || line), '')
                                  from generate_series(1, 40) line)
                    from generate_series(1, 20000) page;
                """);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void open() throws IOException {
        store = new DirectoryStore(new StoreUri.Directory(folder.resolve("store")));
        work = Files.createDirectory(folder.resolve("work"));
        // As root the temporary server is another user and passes through here.
        Files.setPosixFilePermissions(
                folder, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"connect", "dump", "store", "globals"})
    void a_backup_killed_at_any_stage_is_closed_by_the_next_command(String stage)
            throws IOException {
        var run = ordered(backupOrder());
        try (var task = Program.task(folder, store.uri(), PASSWORD, run)) {
            started(run, task);
            task.awaitPrinted("\"progress\":\"" + stage + "\"");
            task.kill();
        }
        assertThat(listed()).isEmpty();

        var next = backup();

        assertThat(next.status()).as(next.all()).isZero();
        requireFailed(run, ErrorCode.RUN_FAILED);
        assertThat(listed()).hasSize(1);
        requireTidy();
    }

    @Test
    void a_task_told_to_stop_stops_reports_and_leaves_nothing_under_way() throws IOException {
        var run = ordered(backupOrder());
        try (var task = Program.task(folder, store.uri(), PASSWORD, run)) {
            started(run, task);
            // A lock keeps the dump from ending before the signal comes.
            try (var _ = new Lock()) {
                task.awaitPrinted("\"progress\":\"dump\"");
                var asked = Instant.now();
                task.terminate();
                var ended = task.ended();

                assertThat(ended.status()).isEqualTo(143);
                assertThat(Duration.between(asked, Instant.now()))
                        .isLessThan(Duration.ofSeconds(15));
            }
        }

        var report = new Runs(store).reportOf(run).orElseThrow();
        assertThat(report.failure().orElseThrow().code()).isEqualTo(ErrorCode.RUN_CANCELLED.id());
        assertThat(Files.isDirectory(incoming()) ? files(incoming()) : List.of()).isEmpty();
        assertThat(
                        new Leases(store, InstantSource.system(), new ThisHost())
                                .find(Layout.backupLease(SERVER, SHOP))
                                .orElseThrow()
                                .released())
                .isTrue();
        assertThat(listed()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"fetch", "sandbox", "restore", "compare"})
    void a_drill_killed_at_any_stage_leaves_no_server_and_no_data(String stage) throws IOException {
        var made = backup();
        assertThat(made.status()).as(made.all()).isZero();
        var run = ordered(drillOrder(listed().getFirst().backup()));
        var environment = Map.of("PGVIGIL_WORK", work.toString());
        try (var task = Program.task(folder, store.uri(), environment, run)) {
            started(run, task);
            task.awaitPrinted("\"progress\":\"" + stage + "\"");
            task.kill();
        }

        awaitNoProcessIn(work);

        // The next drill takes away what the dead one left, customers' rows above all.
        var next =
                Program.run(
                        folder, environment, "verify", "--store", store.uri().toString(), "--json");
        assertThat(next.status()).as(next.all()).isZero();
        requireFailed(run, ErrorCode.RUN_FAILED);
        assertThat(files(work)).isEmpty();
        awaitNoProcessIn(work);
    }

    @ParameterizedTest
    @ValueSource(strings = {"connect", "copy"})
    void a_copy_of_the_server_killed_at_any_stage_leaves_nothing_and_the_next_one_works(
            String stage) throws IOException {
        var run = ordered(new Order.Physical(SERVER, connection(), 1, Duration.ofMinutes(5)));
        killed(run, "\"progress\":\"" + stage + "\"");
        assertThat(listed()).isEmpty();

        var next = physical();

        assertThat(next.status()).as(next.all()).isZero();
        requireFailed(run, ErrorCode.RUN_FAILED);
        assertThat(listed()).hasSize(1);
        assertThat(files(incoming())).as("uploads under way").isEmpty();
        // Slots of the copies go with their connections.
        awaitSlots("0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"connect", "harvest"})
    void a_harvest_killed_at_any_stage_loses_nothing(String stage) throws IOException {
        try {
            assertThat(harvest().status()).isZero();
            write();
            var run =
                    ordered(
                            new Order.Harvest(
                                    SERVER,
                                    connection(),
                                    "pgvigil_orders",
                                    3,
                                    Duration.ofMinutes(5),
                                    false));
            killed(run, "\"progress\":\"" + stage + "\"");
            write();
            var end = Lsn.parse(server.sql("shop", "select pg_current_wal_flush_lsn()"));

            var next = harvest();

            assertThat(next.status()).as(next.all()).isZero();
            requireFailed(run, ErrorCode.RUN_FAILED);
            requireLogUpTo(end);
        } finally {
            server.sql("shop", "delete from pages where id > 20000");
            server.sql(
                    "shop",
                    "select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active");
        }
    }

    /// Between any two objects of a copy, and around the report, which is the last one of the task.
    @ParameterizedTest
    @CsvSource({
        "before, .*/base.tar.zst, 0",
        "after, .*/base.tar.zst, 1",
        "before, .*/backup_manifest.zst, 1",
        "after, .*/backup_manifest.zst, 2",
        "after, .*/facts.json, 3",
        "after, .*/log.txt, 4",
        "before, runs/.*report.json, 4"
    })
    void a_copy_of_the_server_killed_between_its_objects_is_debris_and_the_next_one_works(
            String when, String key, int objects) throws IOException {
        var run = ordered(new Order.Physical(SERVER, connection(), 1, Duration.ofMinutes(5)));
        dead(run, when, key, 1);
        assertThat(listed()).isEmpty();
        assertThat(copied()).hasSize(objects);

        var next = physical();

        assertThat(next.status()).as(next.all()).isZero();
        requireFailed(run, ErrorCode.RUN_FAILED);
        var made = listed();
        assertThat(made).hasSize(1);
        assertThat(files(incoming())).as("uploads under way").isEmpty();
        // What was stored whole goes when it is sure that nobody will seal it, and nothing else
        // does.
        var swept =
                Program.run(
                        folder,
                        Map.of(),
                        "retention",
                        "apply",
                        "--unattended",
                        "--store",
                        store.uri() + "",
                        "--now",
                        Instant.now().plus(Duration.ofDays(4)).toString());
        assertThat(swept.status()).as(swept.all()).isZero();
        assertThat(copied()).allMatch(name -> name.contains(made.getFirst().backup().value()));
        assertThat(copied()).hasSize(5);
        awaitSlots("0");
    }

    /// The report is the task's last word: who dies after it has done the work.
    @Test
    void a_copy_whose_task_dies_after_its_report_is_sealed_by_the_next_command() {
        var run = ordered(new Order.Physical(SERVER, connection(), 1, Duration.ofMinutes(5)));
        dead(run, "after", "runs/.*report.json", 1);
        assertThat(listed()).isEmpty();

        var next = physical();

        assertThat(next.status()).as(next.all()).isZero();
        assertThat(new Runs(store).get(run).state()).isEqualTo(RunState.SEALED);
        assertThat(listed()).hasSize(2);
        awaitSlots("0");
    }

    private static final String SEGMENT = ".*/[0-9A-F]{24}.zst";

    /// Around a segment, around the rest of the last one, around the record and the report.
    @ParameterizedTest
    @CsvSource({
        "before, " + SEGMENT + ", 1",
        "after, " + SEGMENT + ", 1",
        "after, " + SEGMENT + ", 2",
        "before, .*.partial.zst, 1",
        "after, .*.partial.zst, 1",
        "before, .*/harvests/.*, 1",
        "after, .*/harvests/.*, 1",
        "before, runs/.*report.json, 1"
    })
    void a_harvest_killed_between_its_objects_claims_nothing_that_is_not_there(
            String when, String key, int nth) throws IOException {
        try {
            assertThat(harvest().status()).isZero();
            var records = harvests();
            for (var i = 0; i < 15; i++) write();
            var run =
                    ordered(
                            new Order.Harvest(
                                    SERVER,
                                    connection(),
                                    "pgvigil_orders",
                                    3,
                                    Duration.ofMinutes(5),
                                    false));
            dead(run, when, key, nth);
            // Its record is the claim.
            for (var record : harvests())
                if (!records.contains(record))
                    requireLogUpTo(
                            Json.read(
                                            store.document(record).orElseThrow().content(),
                                            Harvest.class,
                                            record.value())
                                    .end());
            write();
            var end = Lsn.parse(server.sql("shop", "select pg_current_wal_flush_lsn()"));

            var next = harvest();

            assertThat(next.status()).as(next.all()).isZero();
            requireFailed(run, ErrorCode.RUN_FAILED);
            requireLogUpTo(end);
            assertThat(files(incoming())).as("uploads under way").isEmpty();
        } finally {
            server.sql("shop", "delete from pages where id > 20000");
            server.sql(
                    "shop",
                    "select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active");
        }
    }

    private void dead(RunId run, String when, String key, int nth) {
        try (var task = Program.dyingTask(folder, store.uri(), PASSWORD, run, when, key, nth)) {
            started(run, task);
            var ended = task.ended();
            assertThat(ended.status()).as("SIGKILL: %s", ended.all()).isEqualTo(137);
        }
    }

    private List<String> copied() {
        try (var objects = store.list("orders/_cluster/")) {
            return objects.map(object -> object.key().value())
                    .filter(name -> !name.contains("/drills/"))
                    .toList();
        }
    }

    private List<ObjectKey> harvests() {
        try (var objects = store.list("orders/_wal/")) {
            return objects.map(StoredObject::key)
                    .filter(key -> key.value().contains("/" + Layout.HARVESTS))
                    .toList();
        }
    }

    /// Every segment from the first one on, and the last one as far as it was.
    private void requireLogUpTo(Lsn end) {
        var whole = new TreeSet<Long>();
        var reach = new TreeSet<Lsn>();
        try (var objects = store.list("orders/_wal/")) {
            objects.map(object -> object.key().name().replace(".zst", ""))
                    .forEach(name -> {
                        if (PartialSegment.looksLikeOne(name))
                            reach.add(PartialSegment.parse(name, SIZE).end());
                        else if (SegmentName.looksLikeOne(name))
                            whole.add(SegmentName.parse(name, SIZE).number());
                    });
        }
        assertThat(whole.last() - whole.first() + 1)
                .as("segments without a hole")
                .isEqualTo(whole.size());
        reach.add(SIZE.begin(whole.last() + 1));
        assertThat(reach.last()).isGreaterThanOrEqualTo(end);
    }

    private static void write() {
        server.sql(
                "shop",
                "insert into pages select (select max(id) from pages) + n, repeat(md5(n::text), 40)"
                        + " from generate_series(1, 15000) n");
    }

    private void killed(RunId run, String printed) {
        try (var task = Program.task(folder, store.uri(), PASSWORD, run)) {
            started(run, task);
            task.awaitPrinted(printed);
            task.kill();
        }
    }

    private Program.Ended physical() {
        return whole("physical");
    }

    private Program.Ended harvest() {
        return whole("wal");
    }

    private Program.Ended whole(String kind) {
        return Program.run(
                folder,
                PASSWORD,
                "backup",
                "--kind",
                kind,
                server.url(""),
                "--server",
                "orders",
                "--store",
                store.uri() + "",
                "--json");
    }

    private static void awaitSlots(String count) {
        var deadline = Instant.now().plusSeconds(20);
        while (!server.sql("postgres", "select count(*) from pg_replication_slots").equals(count)) {
            assertThat(Instant.now()).isBefore(deadline);
            Program.sleep();
        }
    }

    @Test
    void the_same_event_delivered_twice_at_once_makes_one_backup() throws IOException {
        var event = folder.resolve("event.json");
        Files.writeString(
                event,
                """
                {"server": "orders", "databases": ["shop"], "due": "%s",
                 "connection": {"host": "127.0.0.1", "port": %d, "user": "postgres",
                                "sslMode": "prefer"}}
                """
                        .formatted(
                                Instant.now().truncatedTo(java.time.temporal.ChronoUnit.SECONDS),
                                server.port()));
        var arguments =
                new String[] {
                    "invoke",
                    "backup",
                    "--event",
                    event.toString(),
                    "--store",
                    store.uri() + "",
                    "--json"
                };

        try (var first = Program.command(folder, PASSWORD, arguments);
                var second = Program.command(folder, PASSWORD, arguments)) {
            assertThat(first.ended().status()).as(first.printed()).isZero();
            assertThat(second.ended().status()).as(second.printed()).isZero();
        }

        assertThat(listed()).hasSize(1);
        assertThat(files(folder.resolve("store/runs")))
                .filteredOn(file -> !file.toString().contains(".report."))
                .hasSize(1);
        requireTidy();
    }

    @Test
    void a_second_backup_of_the_same_database_says_that_it_is_busy() throws IOException {
        try (var first = Program.command(folder, PASSWORD, backupArguments())) {
            Program.Ended second;
            try (var _ = new Lock()) {
                awaitClaim();
                second = backup();
            }

            assertThat(second.status()).as(second.all()).isEqualTo(4);
            assertThat(second.all()).contains(ErrorCode.RUN_IN_PROGRESS.id());
            var done = first.ended();
            assertThat(done.status()).as(done.all()).isZero();
        }
        assertThat(listed()).hasSize(1);
        requireTidy();
    }

    private Program.Ended backup() {
        return Program.run(folder, PASSWORD, backupArguments());
    }

    private String[] backupArguments() {
        return new String[] {
            "backup",
            server.url("shop"),
            "--server",
            "orders",
            "--store",
            store.uri() + "",
            "--json"
        };
    }

    private Order backupOrder() {
        return new Order.Backup(
                SERVER,
                connection(),
                List.of(SHOP),
                List.of(),
                Selection.EVERYTHING,
                3,
                Duration.ofMinutes(1),
                Duration.ofMinutes(5));
    }

    private static ConnectionRef connection() {
        return new ConnectionRef(
                "127.0.0.1",
                server.port(),
                TestServer.USER,
                "prefer",
                Optional.empty(),
                Optional.empty());
    }

    private static Order drillOrder(BackupId backup) {
        return new Order.Drill(SERVER, SHOP, backup, 2, List.of(), List.of());
    }

    private RunId ordered(Order order) {
        var now = Instant.now();
        var id = RunIds.of(order, now, "test-" + NONCES.incrementAndGet());
        new Runs(store).ask(Run.asked(id, order, now));
        return id;
    }

    private void started(RunId run, Program task) {
        new Runs(store)
                .move(
                        run,
                        known -> known.started("pid-" + task.pid() + "@" + new ThisHost().name()));
    }

    private void requireFailed(RunId run, ErrorCode code) {
        var record = new Runs(store).get(run);
        assertThat(record.state()).isEqualTo(RunState.FAILED);
        assertThat(record.failure().orElseThrow().code()).isEqualTo(code.id());
    }

    private List<Manifest> listed() {
        return new Catalog(store).backups(Catalog.Filter.ANY);
    }

    private void requireTidy() throws IOException {
        assertThat(files(incoming())).as("uploads under way").isEmpty();
        assertThat(
                        new Leases(store, InstantSource.system(), new ThisHost())
                                .held(Layout.backupLease(SERVER, SHOP)))
                .isFalse();
    }

    private void awaitClaim() {
        var leases = new Leases(store, InstantSource.system(), new ThisHost());
        var deadline = Instant.now().plusSeconds(60);
        while (!leases.held(Layout.backupLease(SERVER, SHOP))) {
            assertThat(Instant.now()).isBefore(deadline);
            Program.sleep();
        }
    }

    private Path incoming() {
        return folder.resolve("store/.incoming");
    }

    private static List<Path> files(Path folder) throws IOException {
        try (var all = Files.walk(folder)) {
            return all.filter(file -> !file.equals(folder)).toList();
        }
    }

    private static void awaitNoProcessIn(Path folder) throws IOException {
        var deadline = Instant.now().plusSeconds(20);
        List<String> found;
        do {
            found = processesNaming(folder);
            if (found.isEmpty()) return;
            Program.sleep();
        } while (Instant.now().isBefore(deadline));
        assertThat(found).as("processes in %s", folder).isEmpty();
    }

    private static List<String> processesNaming(Path folder) throws IOException {
        var found = new ArrayList<String>();
        try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (var process : processes) {
                try {
                    var line =
                            new String(
                                    Files.readAllBytes(process.resolve("cmdline")),
                                    StandardCharsets.UTF_8);
                    if (line.contains(folder.toString())) found.add(line.replace('\0', ' '));
                } catch (IOException gone) {
                    // It ended while we looked.
                }
            }
        }
        return found;
    }

    /// Holds a table so that a dump waits for it.
    private static final class Lock implements AutoCloseable {
        private final java.sql.Connection connection;

        Lock() {
            try {
                connection = java.sql.DriverManager.getConnection(server.jdbcUrl("shop"));
                connection.setAutoCommit(false);
                connection.createStatement().execute("lock table pages");
            } catch (java.sql.SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            try {
                connection.close();
            } catch (java.sql.SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
