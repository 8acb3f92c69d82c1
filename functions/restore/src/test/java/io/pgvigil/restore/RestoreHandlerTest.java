package io.pgvigil.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.RetrievalSpeed;
import io.pgvigil.core.store.StorageClass;
import io.pgvigil.core.wal.Harvest;
import io.pgvigil.runtime.Flow;
import io.pgvigil.runtime.Metrics;
import io.pgvigil.runtime.Orders;
import io.pgvigil.runtime.Retrievals;
import io.pgvigil.runtime.Sizing;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.testkit.EventFiles;
import io.pgvigil.testkit.FakeTaskLauncher;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.Invocation;
import io.pgvigil.testkit.RememberingAnnouncer;
import io.pgvigil.testkit.SampleBackup;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Manifests;
import io.pgvigil.wire.Runs;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RestoreHandlerTest {
    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private final FakeTaskLauncher launcher = new FakeTaskLauncher();
    private Instant now = Instant.parse("2026-11-22T04:00:00Z");
    private final RestoreHandler handler =
            new RestoreHandler(
                    new Restores(
                            new Catalog(store),
                            new Orders(new Runs(store), launcher, () -> now),
                            Sizing.NONE,
                            new Retrievals(store, () -> now)));

    @Test
    void orders_a_restore_of_the_newest_proven_backup_into_a_new_database() {
        seal();
        prove(DrillVerdict.PROVEN);

        var answer = call("request-1", EventFiles.read("restore.manual"));

        var run = new Runs(store).get(launcher.launched().getFirst());
        assertThat(run.state()).isEqualTo(RunState.STARTED);
        var order = (Order.Restore) run.order();
        assertThat(order.backup()).isEqualTo(SampleBackup.BACKUP);
        assertThat(order.targetDatabase()).hasToString("orders_restored");
        assertThat(order.create()).isTrue();
        assertThat(order.clean()).isFalse();
        assertThat(order.replace()).isFalse();
        assertThat(answer).contains(run.run().value());
    }

    @Test
    void what_no_drill_has_proven_is_not_what_latest_proven_means() {
        seal();
        prove(DrillVerdict.NOT_PROVEN);

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> call("request-1", EventFiles.read("restore.manual")))
                .withMessageStartingWith("PGV-1006");

        assertThat(launcher.launched()).isEmpty();
    }

    @Test
    void one_table_of_one_backup_can_be_asked_for_proven_or_not() {
        seal();

        call("request-1", EventFiles.read("restore.one-table"));

        var order = (Order.Restore) new Runs(store).get(launcher.launched().getFirst()).order();
        assertThat(order.tables()).containsExactly("app.orders");
        assertThat(order.schemas()).isEmpty();
    }

    @Test
    void tables_of_a_moment_are_taken_from_the_base_that_leads_there() {
        seal();
        var copy = SampleBackup.physical();
        store.create(
                Layout.of(copy.server(), copy.database(), copy.backup(), Layout.MANIFEST),
                Manifests.bytes(copy));
        assertThatExceptionOfType(Problem.class)
                .as("nobody knows yet that the log gets there")
                .isThrownBy(() -> call("request-1", EventFiles.read("restore.rescue")))
                .withMessageStartingWith("PGV-5020");
        var system = copy.systemIdentifier().orElseThrow();
        var noon = Instant.parse("2026-11-22T12:00:00Z");
        var run = new RunId("20261122T120000Z-wal-0a1b2c3d4e");
        store.create(
                Layout.harvest(copy.server(), system, run),
                Json.bytes(
                        new Harvest(
                                Harvest.FORMAT,
                                run,
                                copy.server(),
                                system,
                                1,
                                16 << 20,
                                copy.physical().orElseThrow().end(),
                                noon,
                                noon,
                                noon,
                                0,
                                0,
                                0,
                                0,
                                List.of())));

        call("request-2", EventFiles.read("restore.rescue"));

        var order = (Order.Restore) new Runs(store).get(launcher.launched().getFirst()).order();
        assertThat(order.backup()).isEqualTo(copy.backup());
        assertThat(order.database()).isEqualTo(DatabaseName.CLUSTER);
        assertThat(order.targetDatabase()).isEqualTo(SampleBackup.DATABASE);
        var rescue = order.rescue().orElseThrow();
        assertThat(rescue.database()).isEqualTo(SampleBackup.DATABASE);
        assertThat(rescue.schema()).isEqualTo("rescued_20261122");
    }

    @Test
    void rds_restores_a_server_to_a_moment_by_itself_and_needs_no_backup_of_ours() {
        var answer = call("request-1", EventFiles.read("restore.rds"));

        var run = new Runs(store).get(launcher.launched().getFirst());
        assertThat(run.order())
                .isEqualTo(
                        new Order.PointInTime(
                                SampleBackup.SERVER,
                                "orders.c9akciq32rga.eu-west-1.rds.amazonaws.com",
                                "orders-rescued",
                                Optional.of(Instant.parse("2026-11-22T09:42:16Z")),
                                Optional.of("db.r6g.large"),
                                Optional.empty(),
                                List.of(),
                                false));
        assertThat(answer).contains(run.run().value());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"backup\": \"latest\"",
                "\"database\": \"shop\"",
                "\"create\": true",
                "\"tables\": [\"app.orders\"]",
                "\"folder\": \"/data\"",
                "\"point\": {\"kind\": \"LSN\", \"value\": \"0/1\"}",
                "\"point\": {\"kind\": \"LATEST\", \"value\": \"\", \"timeline\": 2}"
            })
    void rds_takes_nothing_that_is_about_our_backups(String more) {
        var event =
                "{\"server\": \"orders\", \"rds\": {\"id\": \"new\", \"source\": \"old\"}, %s}"
                        .formatted(more);

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> call("request-1", event))
                .withMessageStartingWith("PGV-1001");
        assertThat(launcher.launched()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"rds\": {\"id\": \"new\", \"source\": \"old\"}}",
                "{\"server\": \"orders\", \"rds\": {\"id\": \"Not a name\", \"source\": \"old\"}}"
            })
    void an_rds_event_that_says_too_little_is_refused_before_a_task_starts(String event) {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> call("request-1", event))
                .matches(problem -> problem.code() == ErrorCode.EVENT_INVALID);
        assertThat(launcher.launched()).isEmpty();
    }

    @Test
    void tables_of_a_dump_that_is_named_are_taken_from_it_and_a_moment_is_refused() {
        seal();
        var copy = SampleBackup.physical();
        store.create(
                Layout.of(copy.server(), copy.database(), copy.backup(), Layout.MANIFEST),
                Manifests.bytes(copy));
        var named =
                EventFiles.read("restore.rescue")
                        .replaceFirst("\\{", "{ \"backup\": \"" + SampleBackup.BACKUP + "\",");
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> call("request-1", named))
                .withMessageStartingWith("PGV-1001");

        call("request-2", named.replaceFirst("\"point\": \\{[^}]*\\},", ""));

        var order = (Order.Restore) new Runs(store).get(launcher.launched().getFirst()).order();
        assertThat(order.backup()).isEqualTo(SampleBackup.BACKUP);
        assertThat(order.database()).isEqualTo(SampleBackup.DATABASE);
        assertThat(order.rescue().orElseThrow().database()).isEqualTo(SampleBackup.DATABASE);
    }

    @Test
    void a_request_delivered_again_minutes_later_is_the_same_restore() {
        seal();
        var first = call("request-1", EventFiles.read("restore.one-table"));
        var left = store.keys();

        now = now.plus(Duration.ofMinutes(1));
        var second = call("request-1", EventFiles.read("restore.one-table"));

        assertThat(second).isEqualTo(first);
        assertThat(launcher.launched()).hasSize(1);
        assertThat(store.keys()).isEqualTo(left);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"target\": \"postgresql://postgres:hunter2@127.0.0.1/orders\"}",
                "{\"target\": {\"host\": \"127.0.0.1\", \"port\": 5432, \"sslMode\": \"prefer\"}}",
                "{\"tables\": \"app.orders\"}",
                "{\"create\": \"perhaps\"}"
            })
    void a_bad_event_is_refused_with_the_file_that_shows_a_good_one(String event) {
        seal();
        var left = store.keys();
        var invocation = new Invocation("request-1");

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> invocation.of(handler, event))
                .withMessageStartingWith("PGV-1008")
                .withMessageContaining("HINT: events/restore.manual.json shows")
                .withMessageNotContaining("hunter2");

        assertThat(invocation.log()).doesNotContain("hunter2");
        assertThat(store.keys()).isEqualTo(left);
        assertThat(launcher.launched()).isEmpty();
    }

    @Test
    void a_backup_in_an_archive_class_is_not_brought_back_before_wait_and_price_were_seen() {
        archive(StorageClass.DEEP_ARCHIVE);
        var left = store.keys();

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> call("request-1", EventFiles.read("restore.one-table")))
                .withMessageStartingWith("PGV-3012")
                .withMessageContaining("lies in DEEP_ARCHIVE (")
                .withMessageContaining("standard, within 12 hours, $0.00")
                .withMessageContaining("bulk, within 48 hours, $0.00")
                .withMessageContaining("HINT: Say how fast: --retrieve standard or bulk");

        assertThat(store.keys()).isEqualTo(left);
        assertThat(store.coming()).isEmpty();
        assertThat(launcher.launched()).isEmpty();
    }

    @Test
    void a_speed_that_the_class_does_not_have_is_refused_with_those_it_has() {
        archive(StorageClass.DEEP_ARCHIVE);

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> call("request-1", retrieving("expedited")))
                .withMessageStartingWith("PGV-3012")
                .withMessageContaining("which is never expedited: standard,");

        assertThat(store.coming()).isEmpty();
    }

    @Test
    void where_nobody_waits_the_same_request_asks_first_and_restores_when_it_is_there() {
        archive(StorageClass.GLACIER);

        for (var asked = 0; asked < 2; asked++)
            assertThatExceptionOfType(Problem.class)
                    .isThrownBy(() -> call("request-1", retrieving("standard")))
                    .withMessageStartingWith("PGV-3013")
                    .satisfies(problem -> assertThat(problem.transientFailure()).isTrue());
        assertThat(store.coming()).isNotEmpty().containsValue(RetrievalSpeed.STANDARD);
        assertThat(launcher.launched()).isEmpty();

        store.coming().keySet().forEach(store::bringBack);
        call("request-1", EventFiles.read("restore.one-table"));

        assertThat(launcher.launched()).hasSize(1);
    }

    @Test
    void a_stack_queues_the_restore_until_its_backup_is_there() {
        archive(StorageClass.GLACIER);
        var flow =
                Flow.of(
                        store,
                        launcher,
                        launcher,
                        Optional.empty(),
                        Sizing.NONE,
                        Metrics.NONE,
                        StateLog.SILENT,
                        () -> now);
        var deployed =
                new RestoreHandler(
                        new Restores(
                                flow.catalog(), flow.orders(), flow.sizing(), flow.retrievals()));

        var answer = new Invocation("request-1").of(deployed, retrieving("bulk"));

        assertThat(answer)
                .contains("\"state\" : \"QUEUED\"")
                .contains("\"ready\" : \"2026-11-22T16:00:00Z\"");
        assertThat(launcher.launched()).isEmpty();
        now = now.plus(Duration.ofHours(30));
        assertThat(flow.dispatcher().dispatchAll()).as("it is late, and not too late").isEmpty();

        store.coming().keySet().forEach(store::bringBack);
        assertThat(flow.dispatcher().dispatchAll()).hasSize(1);
        assertThat(launcher.launched()).hasSize(1);
    }

    @Test
    void what_never_comes_back_ends_in_a_failure_and_not_in_silence() {
        archive(StorageClass.GLACIER);
        var announcer = new RememberingAnnouncer();
        var flow =
                Flow.of(
                        store,
                        launcher,
                        launcher,
                        Optional.of(announcer),
                        Sizing.NONE,
                        Metrics.NONE,
                        StateLog.SILENT,
                        () -> now);
        var deployed =
                new RestoreHandler(
                        new Restores(
                                flow.catalog(), flow.orders(), flow.sizing(), flow.retrievals()));
        new Invocation("request-1").of(deployed, retrieving("expedited"));

        now = now.plus(Duration.ofDays(4));
        assertThat(flow.dispatcher().dispatchAll()).isEmpty();

        assertThat(announcer.told()).hasSize(1);
        assertThat(announcer.told().getFirst().toString())
                .contains("has not come back from its archive class");
        assertThat(launcher.launched()).isEmpty();
    }

    private static String retrieving(String speed) {
        return EventFiles.read("restore.one-table")
                .replaceFirst("\\{", "{ \"retrieve\": \"" + speed + "\",");
    }

    /// The data of the backup, as a rule of the bucket moves it.
    private void archive(StorageClass to) {
        seal();
        var folder = Layout.folder(SampleBackup.SERVER, SampleBackup.DATABASE, SampleBackup.BACKUP);
        store.assign(new ObjectKey(folder + Layout.DATA), "yearly", to);
        store.moveAssigned();
    }

    private void seal() {
        var manifest = SampleBackup.storeObjects(store);
        store.create(
                Layout.of(
                        SampleBackup.SERVER,
                        SampleBackup.DATABASE,
                        SampleBackup.BACKUP,
                        Layout.MANIFEST),
                Manifests.bytes(manifest));
    }

    private void prove(DrillVerdict verdict) {
        var drill = SampleBackup.drill(verdict);
        store.create(
                Layout.drill(SampleBackup.SERVER, SampleBackup.DATABASE, drill.drill()),
                Json.bytes(drill));
    }

    private String call(String request, String event) {
        return new Invocation(request).of(handler, event);
    }
}
