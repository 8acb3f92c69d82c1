package io.pgvigil.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.TaskSizes;
import io.pgvigil.core.schedule.Tick;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.runtime.Flow;
import io.pgvigil.runtime.Metrics;
import io.pgvigil.runtime.Sizing;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.runtime.ThisHost;
import io.pgvigil.testkit.EventFiles;
import io.pgvigil.testkit.FakeTaskLauncher;
import io.pgvigil.testkit.FlakyObjectStore;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.Invocation;
import io.pgvigil.testkit.RememberingAnnouncer;
import io.pgvigil.testkit.SampleBackup;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Leases;
import io.pgvigil.wire.Manifests;
import io.pgvigil.wire.Runs;
import io.pgvigil.wire.config.ConfigurationReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TicksTest {
    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private final FakeTaskLauncher launcher = new FakeTaskLauncher();
    private final StringBuilder log = new StringBuilder();
    private final Runs runs = new Runs(store);
    private Sizing sizing = Sizing.NONE;
    private Instant now = Instant.parse("2026-11-22T02:30:02Z");
    private Configuration configuration =
            ConfigurationReader.read(
                    """
                    store: s3://acme-backups/pg
                    servers:
                      orders-test:
                        connect: { host: orders.internal, user: backup, secret: iam }
                        databases: [orders, billing]
                        profile: mine
                        limits: { at_once: 2 }
                      everything:
                        connect: { host: all.internal, user: backup, secret: iam }
                        databases: all
                        profile: mine
                    profiles:
                      mine:
                        logical: "daily 03:30 Europe/Paris"
                        drill: "daily 03:30 Europe/Paris"
                        keep: { daily: 7 }
                    """,
                    "the test's configuration");

    private static final String RDS = "orders.c9akciq32rga.eu-west-1.rds.amazonaws.com";
    private static final String RDS_DRILLS =
            "{ schedule: \"daily 02:30 UTC\", rds: { subnet_group: drills, security_groups: [ sg-0123456789abcdef0 ] } }";

    @Test
    void what_is_due_becomes_one_run_per_listed_database_and_one_for_a_whole_server() {
        var answer = tick(EventFiles.read("backup.tick"));

        assertThat(launcher.launched())
                .hasSize(3)
                .allMatch(run -> run.value().startsWith("20261122T023000Z-backup-"));
        assertThat(launcher.launched())
                .extracting(run -> ((Order.Backup) runs.get(run).order()).databases())
                .containsExactlyInAnyOrder(
                        List.of(new DatabaseName("orders")),
                        List.of(new DatabaseName("billing")),
                        List.of());
        assertThat(answer.path("runs")).hasSize(3);
        assertThat(answer.path("since").asText()).isEqualTo("2026-11-22T02:25:00Z");
        assertThat(log.toString()).contains("\"event\":\"queued\"").endsWith("\n");
    }

    @Test
    void copies_and_harvests_fall_due_with_the_size_they_need() {
        configuration = physical("orders.internal");
        sizing = Sizing.fargate(new Catalog(store));

        var answer = tick(EventFiles.read("backup.tick"));

        assertThat(answer.path("skipped")).isEmpty();
        var physical = only(Order.Physical.class);
        assertThat(physical.order().server()).isEqualTo(new ServerName("orders"));
        assertThat(physical.turn().orElseThrow().atOnce()).contains(1);
        var harvest = only(Order.Harvest.class);
        assertThat(((Order.Harvest) harvest.order()).slot()).isEqualTo("pgvigil_orders");
        assertThat(harvest.size()).contains(TaskSizes.harvest());
        assertThat(answer.path("runs").toString()).contains("\"PHYSICAL\"").contains("\"WAL\"");
    }

    @Test
    void a_harvest_does_not_wait_for_a_dump_that_takes_all_day() {
        configuration = physical("orders.internal");

        tick(EventFiles.read("backup.tick"));

        // At most one at once: the copy is at work, and the harvest is beside it.
        assertThat(launcher.launched())
                .extracting(run -> runs.get(run).order().verb())
                .containsExactlyInAnyOrder("backup", "wal");
        assertThat(only(Order.Harvest.class).turn().orElseThrow().atOnce()).isEmpty();
    }

    @Test
    void a_harvest_that_waits_or_works_takes_what_falls_due_meanwhile() {
        configuration = physical("orders.internal");
        tick(EventFiles.read("backup.tick"));
        now = Instant.parse("2026-11-22T03:30:02Z");

        var answer = tick("{\"tick\": \"2026-11-22T03:30:00Z\"}");

        assertThat(answer.at("/skipped/0/work").asText()).isEqualTo("WAL");
        assertThat(answer.at("/skipped/0/why").asText()).contains("is about to harvest");
        only(Order.Harvest.class);
    }

    @Test
    void an_always_on_harvest_holds_the_claim_and_the_hourly_one_does_nothing() {
        configuration = physical("orders.internal");
        new Leases(store, () -> now, new ThisHost())
                .claim(
                        Layout.walLease(new ServerName("orders")),
                        new RunId("20261122T003000Z-wal-0123456789"));

        var answer = tick(EventFiles.read("backup.tick"));

        assertThat(answer.at("/skipped/0/why").asText()).contains("is harvesting");
        assertThat(of(Order.Harvest.class)).isEmpty();
    }

    @Test
    void a_server_of_rds_is_left_to_the_service_and_said_so() {
        configuration = physical(RDS);

        var answer = tick(EventFiles.read("backup.tick"));

        assertThat(answer.path("skipped")).hasSize(2);
        assertThat(answer.at("/skipped/0/why").asText()).contains("automated backups");
        assertThat(launcher.launched()).isEmpty();
    }

    @Test
    void nothing_is_drilled_of_a_server_of_rds_that_has_neither_backups_of_ours_nor_a_place() {
        configuration = physical(RDS, "\"daily 02:30 UTC\"");

        var answer = tick(EventFiles.read("backup.tick"));

        assertThat(launcher.launched()).isEmpty();
        assertThat(answer.path("runs")).isEmpty();
    }

    /// Its databases are dumped beside what RDS does, and their backups proven as anywhere.
    @Test
    void a_server_of_rds_is_drilled_as_a_whole_by_rds_and_its_dumps_by_us() {
        sealed(SampleBackup.DATABASE);
        sealed(DatabaseName.CLUSTER);
        configuration = physical(RDS, RDS_DRILLS);

        var answer = tick(EventFiles.read("backup.tick"));

        assertThat(answer.path("runs")).hasSize(2);
        // What was copied of its files before it moved to RDS says nothing about today.
        assertThat(((Order.Drill) only(Order.Drill.class).order()).database())
                .isEqualTo(SampleBackup.DATABASE);
        only(Order.ManagedDrill.class);
    }

    private void sealed(DatabaseName database) {
        var manifest =
                SampleBackup.storeObjects(
                        store,
                        new ServerName("orders"),
                        database,
                        SampleBackup.BACKUP,
                        SampleBackup.RUN,
                        now.minusSeconds(600),
                        now.minusSeconds(300),
                        new Manifest.Totals(80, 10, 1, 1, 1, 0, 0));
        store.create(
                Layout.of(
                        manifest.server(), manifest.database(), manifest.backup(), Layout.MANIFEST),
                Manifests.bytes(manifest));
    }

    @Test
    void where_it_may_be_tried_a_server_of_rds_is_drilled_through_its_own_restore() {
        configuration = physical(RDS, RDS_DRILLS);

        var answer = tick(EventFiles.read("backup.tick"));
        forgetTheTick();
        tick(EventFiles.read("backup.tick"));

        assertThat(((Order.ManagedDrill) only(Order.ManagedDrill.class).order()).source())
                .isEqualTo(RDS);
        assertThat(answer.path("runs").toString()).contains("\"DRILL\"");

        configuration = physical("orders.internal", "\"daily 02:30 UTC\"");
        forgetTheTick();
        tick(EventFiles.read("backup.tick"));
        assertThat(of(Order.ManagedDrill.class)).as("nobody runs that one").hasSize(1);
    }

    private static Configuration physical(String host) {
        return physical(host, "{ schedule: \"daily 23:00 UTC\" }");
    }

    private static Configuration physical(String host, String drill) {
        return ConfigurationReader.read(
                """
                store: s3://acme-backups/pg
                servers:
                  orders:
                    connect: { host: %s, user: backup, secret: iam }
                    databases: all
                    profile: mine
                profiles:
                  mine:
                    physical: "daily 02:30 UTC"
                    wal: "hourly :30"
                    keep: { daily: 7 }
                    drill: %s
                """
                        .formatted(host, drill),
                "the test's configuration");
    }

    private Run only(Class<? extends Order> kind) {
        var found = of(kind);
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    private List<Run> of(Class<? extends Order> kind) {
        return runs.open().stream()
                .flatMap(open -> open.run().stream())
                .filter(run -> kind.isInstance(run.order()))
                .toList();
    }

    @Test
    void a_drill_falls_due_for_the_newest_backup_of_each_database_there_is() {
        var manifest = SampleBackup.storeObjects(store);
        store.create(
                Layout.of(
                        manifest.server(), manifest.database(), manifest.backup(), Layout.MANIFEST),
                Manifests.bytes(manifest));

        tick(EventFiles.read("backup.tick"));
        forgetTheTick();
        tick(EventFiles.read("backup.tick"));

        var drills =
                launcher.launched().stream()
                        .filter(run -> runs.get(run).order() instanceof Order.Drill)
                        .toList();
        assertThat(drills).hasSize(1);
        assertThat(((Order.Drill) runs.get(drills.getFirst()).order()).backup())
                .isEqualTo(SampleBackup.BACKUP);
    }

    @Test
    void a_tick_repeated_changes_nothing() {
        tick(EventFiles.read("backup.tick"));
        var left = versions();

        var again = tick(EventFiles.read("backup.tick"));

        assertThat(versions()).isEqualTo(left);
        assertThat(again.path("runs")).isEmpty();
    }

    @Test
    void an_older_tick_that_comes_late_changes_nothing() {
        tick(EventFiles.read("backup.tick"));
        var left = versions();

        tick("{\"tick\": \"2026-11-22T02:20:00Z\"}");

        assertThat(versions()).isEqualTo(left);
    }

    @Test
    void ticks_that_did_not_come_are_caught_up_and_what_is_too_late_is_named() {
        tick("{\"tick\": \"2026-11-19T12:00:00Z\"}");
        now = Instant.parse("2026-11-22T10:00:01Z");

        var answer = tick("{\"tick\": \"2026-11-22T10:00:00Z\"}");

        assertThat(launcher.launched())
                .hasSize(3)
                .allMatch(run -> run.value().startsWith("20261122T023000Z-backup-"));
        assertThat(answer.path("missed").toString())
                .contains("2026-11-20T02:30:00Z")
                .contains("2026-11-21T02:30:00Z");
        assertThat(log.toString()).contains("\"event\":\"missed\"");
    }

    @Test
    void a_store_that_fails_leaves_the_tick_to_be_done_again() {
        tick("{\"tick\": \"2026-11-22T02:25:00Z\"}");
        // Each call of the store fails once, in one tick after the other.
        for (var calls = 0; calls < 40; calls++) {
            var unreachable = FlakyObjectStore.once(store, calls);
            try {
                new Invocation("one").of(handler(unreachable), EventFiles.read("backup.tick"));
            } catch (Problem problem) {
                assertThat(problem.transientFailure()).isTrue();
            }
            store.delete(Layout.TICK);
            store.create(Layout.TICK, Json.bytes(Tick.at(Instant.parse("2026-11-22T02:25:00Z"))));
        }

        tick(EventFiles.read("backup.tick"));

        // What began to be started when the store went away is for watch.
        assertThat(store.keys().stream().filter(key -> key.matches("runs/[^./]+\\.json")))
                .hasSize(3);
    }

    @Test
    void a_damaged_record_of_the_last_tick_makes_us_look_back_further_not_stop() {
        store.put(Layout.TICK, "{".getBytes(StandardCharsets.UTF_8));
        now = Instant.parse("2026-11-22T08:00:01Z");

        tick("{\"tick\": \"2026-11-22T08:00:00Z\"}");

        assertThat(launcher.launched()).hasSize(3);
        assertThat(log.toString()).contains("tick-unreadable");
    }

    @Test
    void a_tick_of_the_future_is_refused_for_it_would_hide_what_falls_due_until_then() {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> tick("{\"tick\": \"2026-11-23T02:30:00Z\"}"))
                .withMessageContaining("in the future");
        assertThat(store.keys()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"tick\": \"now\"}", "{\"tick\": {}}", "{\"tick\": [1]}"})
    void a_bad_tick_is_refused_with_the_file_that_shows_a_good_one(String event) {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> tick(event))
                .withMessageStartingWith("PGV-1008")
                .withMessageContaining("events/backup.tick.json");
    }

    @Test
    void a_server_that_was_added_is_backed_up_from_its_next_due_time_on() {
        tick("{\"tick\": \"2026-11-22T02:25:00Z\"}");
        tick(EventFiles.read("backup.tick"));
        var before = launcher.launched().size();
        configuration =
                ConfigurationReader.read(
                        """
                        store: s3://acme-backups/pg
                        servers:
                          late:
                            connect: { host: late.internal, user: backup, secret: iam }
                            databases: all
                            profile: staging
                        """,
                        "the test's configuration");
        now = now.plus(Duration.ofHours(6));

        tick("{\"tick\": \"2026-11-22T08:30:00Z\"}");

        // Staging backs up at 04:30 UTC, which lies between the two looks.
        assertThat(launcher.launched()).hasSize(before + 1);
        assertThat(runs.get(newest()).order().server()).isEqualTo(new ServerName("late"));
    }

    private RunId newest() {
        return launcher.launched().getLast();
    }

    private void forgetTheTick() {
        store.delete(Layout.TICK);
    }

    private List<String> versions() {
        return store.list("").map(object -> object.key() + " " + object.versionId()).toList();
    }

    private JsonNode tick(String event) {
        return Json.readTree(
                new Invocation("request-1")
                        .of(handler(store), event)
                        .getBytes(StandardCharsets.UTF_8),
                "the answer");
    }

    private BackupHandler handler(ObjectStore place) {
        var flow =
                Flow.of(
                        place,
                        launcher,
                        launcher,
                        Optional.of(new RememberingAnnouncer()),
                        sizing,
                        Metrics.NONE,
                        new StateLog("backup", log::append),
                        () -> now);
        return new BackupHandler(
                new Backups(() -> Optional.of(configuration), flow.orders(), flow.sizing()),
                new Ticks(flow, () -> Optional.of(configuration)));
    }
}
