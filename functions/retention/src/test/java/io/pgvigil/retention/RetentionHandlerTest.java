package io.pgvigil.retention;

import static io.pgvigil.retention.Shop.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.runtime.Metrics;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.testkit.EventFiles;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.Invocation;
import io.pgvigil.testkit.SampleBackup;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Manifests;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RetentionHandlerTest {
    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private final Shop shop = new Shop(store, "keep: { daily: 7 }");
    private final List<String> lines = new ArrayList<>();
    private final Instant now = Instant.parse("2026-11-08T12:00:00Z");
    private final RetentionHandler handler =
            new RetentionHandler(
                    shop.places(now, Map.of()),
                    new Metrics("prod", lines::add),
                    new StateLog("retention", lines::add),
                    () -> now);

    @Test
    void the_event_of_a_plan_changes_nothing_and_answers_what_would_change() {
        shop.nights(ORDERS, "2026-11-01T02:30:00Z", 8);
        var before = store.keys();

        var answer = Json.readTree(call(EventFiles.read("retention.plan")), "answer");

        assertThat(store.keys()).isEqualTo(before);
        assertThat(answer.get("plan").asText()).matches("[0-9a-f]{12}");
        assertThat(answer.get("stops")).isEmpty();
        assertThat(answer.get("verdicts")).hasSize(1);
        assertThat(answer.get("verdicts").get(0).get("verdict").asText()).isEqualTo("expire");
        assertThat(answer.get("databases").get(0).get("sum").get("backupsAfter").asInt())
                .isEqualTo(7);
    }

    @Test
    void the_event_of_every_day_deletes_and_answers_what_it_did() {
        shop.nights(ORDERS, "2026-11-01T02:30:00Z", 8);

        var answer = Json.readTree(call(EventFiles.read("retention.apply")), "answer");

        assertThat(shop.whole(ORDERS)).hasSize(7);
        assertThat(answer.get("deletions").get(0).get("outcome").asText()).isEqualTo("deleted");
    }

    @Test
    void the_event_of_the_clock_deletes_and_tells_the_alarms() {
        shop.nights(ORDERS, "2026-11-01T02:30:00Z", 8);

        call(EventFiles.read("retention.tick"));

        assertThat(shop.whole(ORDERS)).hasSize(7);
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst())
                .contains("\"stage\":\"retention\",\"event\":\"applied\"")
                .contains("\"deleted\":1");
        assertThat(lines.getLast())
                .contains("\"RetentionRuns\":1")
                .contains("\"RetentionDeleted\":1")
                .contains("\"RetentionStops\":0");
    }

    @Test
    void what_stops_it_is_counted_and_said() {
        // Of eleven days the last four are missing.
        shop.nights(ORDERS, "2026-10-25T02:30:00Z", 10);

        call(EventFiles.read("retention.tick").replace("apply", "plan"));

        assertThat(lines).anyMatch(line -> line.contains("shop/orders: no new backup since"));
        assertThat(lines).anyMatch(line -> line.contains("\"RetentionStops\":1"));
        assertThat(shop.whole(ORDERS)).hasSize(10);
    }

    @Test
    void who_only_looks_is_no_sign_that_retention_runs() {
        shop.nights(ORDERS, "2026-11-01T02:30:00Z", 8);

        call(EventFiles.read("retention.plan"));

        assertThat(lines).isEmpty();
    }

    @Test
    void the_event_of_a_hold_holds() {
        var manifest = SampleBackup.storeObjects(store);
        store.create(
                Layout.of(
                        SampleBackup.SERVER,
                        SampleBackup.DATABASE,
                        SampleBackup.BACKUP,
                        Layout.MANIFEST),
                Manifests.bytes(manifest));

        call(EventFiles.read("retention.hold"));

        assertThat(
                        store.document(
                                Layout.hold(
                                        SampleBackup.SERVER,
                                        SampleBackup.DATABASE,
                                        SampleBackup.BACKUP)))
                .isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{\"action\": \"delete\"}",
                "{\"action\": \"hold\", \"backup\": \"latest\"}",
                "{\"action\": \"hold\", \"backup\": \"latest\", \"owner\": \" \", \"reason\": \"x\"}",
                "{\"action\": \"apply\", \"beyondBudget\": \"all\"}"
            })
    void a_bad_event_is_refused_and_nothing_is_deleted(String event) {
        shop.nights(ORDERS, "2026-11-01T02:30:00Z", 8);
        var before = store.keys();

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> call(event))
                .withMessageStartingWith("PGV-1008: the event cannot be used");

        assertThat(store.keys()).isEqualTo(before);
    }

    private byte[] call(String event) {
        return event(event).getBytes(StandardCharsets.UTF_8);
    }

    private String event(String event) {
        return new Invocation("request-1").of(handler, event);
    }
}
