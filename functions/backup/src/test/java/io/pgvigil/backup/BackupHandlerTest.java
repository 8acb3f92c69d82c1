package io.pgvigil.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunState;
import io.pgvigil.runtime.Flow;
import io.pgvigil.runtime.Metrics;
import io.pgvigil.runtime.Orders;
import io.pgvigil.runtime.Sizing;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.testkit.EventFiles;
import io.pgvigil.testkit.FakeTaskLauncher;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.Invocation;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Runs;
import io.pgvigil.wire.config.ConfigurationReader;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BackupHandlerTest {
    private static final Configuration CONFIGURATION =
            ConfigurationReader.read(
                    """
                    store: s3://acme-backups/pg
                    servers:
                      orders-prod:
                        connect: { host: orders.internal, user: backup, secret: env:ORDERS_PASSWORD }
                        databases: [orders, billing]
                        profile: production
                    """,
                    "the test's configuration");

    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private final FakeTaskLauncher launcher = new FakeTaskLauncher();
    private Instant now = Instant.parse("2026-11-22T02:30:00Z");
    private final BackupHandler handler =
            new BackupHandler(
                    new Backups(
                            () -> Optional.of(CONFIGURATION),
                            new Orders(new Runs(store), launcher, () -> now),
                            Sizing.NONE),
                    new Ticks(
                            Flow.of(
                                    store,
                                    launcher,
                                    launcher,
                                    Optional.empty(),
                                    Sizing.NONE,
                                    Metrics.NONE,
                                    StateLog.SILENT,
                                    () -> now),
                            () -> Optional.of(CONFIGURATION)));

    @Test
    void a_physical_backup_is_of_the_whole_server() {
        call("request-1", EventFiles.read("backup.physical"));

        var order = (Order.Physical) new Runs(store).get(launcher.launched().getFirst()).order();
        assertThat(order.server()).hasToString("orders-prod");
        assertThat(order.connection().secret()).contains("env:ORDERS_PASSWORD");
        assertThat(order.level()).isEqualTo(3);
    }

    @Test
    void a_harvest_has_a_slot_named_after_its_server() {
        call("request-1", EventFiles.read("backup.wal"));

        var order = (Order.Harvest) new Runs(store).get(launcher.launched().getFirst()).order();
        assertThat(order.slot()).isEqualTo("pgvigil_orders_prod");
        assertThat(order.unlimited()).isFalse();
    }

    @Test
    void part_of_a_server_cannot_be_backed_up_physically() {
        var event = "{\"server\":\"orders-prod\",\"kind\":\"PHYSICAL\",\"databases\":[\"orders\"]}";

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> call("request-1", event))
                .withMessageContaining("a backup of kind PHYSICAL is of the whole server");
        assertThat(launcher.launched()).isEmpty();
    }

    @Test
    void a_manual_request_becomes_one_started_run_that_knows_how_to_reach_the_server() {
        var answer = call("request-1", EventFiles.read("backup.manual"));

        var run = new Runs(store).get(launcher.launched().getFirst());
        assertThat(run.state()).isEqualTo(RunState.STARTED);
        assertThat(run.task()).contains("task-1");
        var order = (Order.Backup) run.order();
        assertThat(order.server()).hasToString("orders-test");
        assertThat(order.connection().host()).isEqualTo("127.0.0.1");
        assertThat(order.connection().secret()).contains("env:ORDERS_PASSWORD");
        assertThat(order.databases()).containsExactly(new DatabaseName("orders"));
        assertThat(answer).contains(run.run().value()).contains("STARTED");
    }

    @Test
    void a_configured_server_needs_only_its_name() {
        call("request-1", EventFiles.read("backup.configured"));

        var order = (Order.Backup) new Runs(store).get(launcher.launched().getFirst()).order();
        assertThat(order.connection().host()).isEqualTo("orders.internal");
        assertThat(order.databases())
                .containsExactly(new DatabaseName("orders"), new DatabaseName("billing"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"backup.manual", "backup.configured"})
    void a_request_delivered_again_minutes_later_is_the_same_run(String event) {
        var first = runs(call("request-1", EventFiles.read(event)));
        var left = store.keys();

        now = now.plus(Duration.ofSeconds(90));
        var second = runs(call("request-1", EventFiles.read(event)));

        assertThat(second).isEqualTo(first);
        assertThat(launcher.launched()).hasSize(1);
        assertThat(store.keys()).isEqualTo(left);
    }

    @Test
    void a_new_request_for_the_same_is_a_new_run() {
        call("request-1", EventFiles.read("backup.manual"));
        call("request-2", EventFiles.read("backup.manual"));

        assertThat(launcher.launched()).hasSize(2).doesNotHaveDuplicates();
    }

    @Test
    void what_was_due_at_one_time_is_done_once_whoever_asks_for_it() {
        var event = "{\"server\": \"orders-prod\", \"due\": \"2026-11-22T02:30:00Z\"}";

        call("request-1", event);
        now = now.plus(Duration.ofMinutes(5));
        call("request-2", event);

        assertThat(launcher.launched()).hasSize(1);
    }

    @Test
    void a_run_whose_task_cannot_be_started_has_failed_and_says_why() {
        launcher.runOutOfCapacity();

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> call("request-1", EventFiles.read("backup.manual")))
                .matches(Problem::transientFailure)
                .extracting(Problem::code)
                .isEqualTo(ErrorCode.TASK_NOT_STARTED);

        var key = store.keys().stream().filter(name -> name.matches("runs/[^.]+\\.json")).findAny();
        var id = new RunId(key.orElseThrow().replaceAll("runs/|\\.json", ""));
        var run = new Runs(store).get(id);
        assertThat(run.state()).isEqualTo(RunState.FAILED);
        assertThat(run.failure().orElseThrow().code()).isEqualTo("PGV-6006");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "\"orders\"",
                "{",
                "{\"databases\": \"orders\"}",
                "{\"server\": {\"name\": \"orders\"}}",
                "{\"server\": \"orders-prod\", \"level\": \"high\"}",
                "{\"server\": \"orders-prod\", \"due\": \"tomorrow\"}",
                "{\"connection\": \"postgresql://backup:hunter2@orders.internal/orders\"}",
                "{\"connection\": {\"user\": \"backup\", \"port\": 5432, \"sslMode\": \"prefer\"}}",
                "{\"connection\": {\"host\": \"orders.internal\", \"user\": \"backup\","
                        + " \"sslMode\": \"prefer\"}}"
            })
    void a_bad_event_is_refused_with_the_file_that_shows_a_good_one(String event) {
        var invocation = new Invocation("request-1");

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> invocation.of(handler, event))
                .withMessageStartingWith("PGV-1008: the event cannot be used")
                .withMessageContaining("HINT: events/backup.manual.json shows")
                .withMessageNotContaining("hunter2")
                .withNoCause();

        assertThat(invocation.log()).contains("PGV-1008").doesNotContain("hunter2");
        assertThat(store.keys()).isEmpty();
        assertThat(launcher.launched()).isEmpty();
    }

    @Test
    void an_unknown_server_is_refused_with_the_names_of_the_known_ones() {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> call("request-1", "{\"server\": \"orders-pord\"}"))
                .withMessageContaining("PGV-1002")
                .withMessageContaining("orders-prod");

        assertThat(store.keys()).isEmpty();
    }

    private String call(String request, String event) {
        return new Invocation(request).of(handler, event);
    }

    private static List<String> runs(String answer) {
        return Json.readTree(answer.getBytes(java.nio.charset.StandardCharsets.UTF_8), "answer")
                .findValuesAsText("run");
    }
}
