package io.pgvigil.retention;

import static io.pgvigil.retention.Shop.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.runtime.Metrics;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.testkit.EventFiles;
import io.pgvigil.testkit.FlakyObjectStore;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.Invocation;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The store, a further one with rules of its own, and a third.
final class FurtherStoresTest {
    private static final Instant NOW = Instant.parse("2026-11-09T12:00:00Z");

    @TempDir Path folder;
    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private final List<String> lines = new ArrayList<>();
    private final Map<StoreUri, ObjectStore> further = new LinkedHashMap<>();
    private String keep = "";
    private Shop near = new Shop(store, "");
    private Shop far = near;
    private Shop farther = near;

    @BeforeEach
    void nine_nights_in_each() {
        var farStore = directory("far");
        var fartherStore = directory("farther");
        keep =
                "keep: { daily: 7 }, copies: [ { to: \"%s\", keep: { daily: 5 } }, \"%s\" ]"
                        .formatted(farStore.uri(), fartherStore.uri());
        near = new Shop(store, keep);
        far = new Shop(farStore, keep);
        farther = new Shop(fartherStore, keep);
        for (var shop : List.of(near, far, farther)) shop.nights(ORDERS, "2026-11-01T02:30:00Z", 9);
    }

    @Test
    void every_store_lets_go_by_its_own_rules_and_writes_down_what_it_did() {
        var answer = call(EventFiles.read("retention.tick"));

        assertThat(near.whole(ORDERS)).hasSize(7);
        assertThat(far.whole(ORDERS)).hasSize(5);
        assertThat(farther.whole(ORDERS)).hasSize(7);
        assertThat(answer.get("deletions")).hasSize(2);
        assertThat(answer.get("copies").findValuesAsText("store"))
                .contains(far.store.uri() + "", farther.store.uri() + "");
        assertThat(answer.get("copies").get(0).get("done").get("deletions")).hasSize(4);
        assertThat(far.keys("retention/2026")).hasSize(1);
        assertThat(farther.keys("retention/2026")).hasSize(1);
        assertThat(lines.getLast())
                .contains("\"RetentionDeleted\":8")
                .contains("\"RetentionBackups\":27")
                .contains("\"RetentionStops\":0");
    }

    @Test
    void the_plan_says_what_would_go_in_each_and_changes_nothing() {
        var answer = call(EventFiles.read("retention.plan"));

        assertThat(answer.get("verdicts")).hasSize(2);
        assertThat(answer.get("copies").get(0).get("done").get("verdicts")).hasSize(4);
        assertThat(answer.get("copies").get(1).get("done").get("verdicts")).hasSize(2);
        for (var shop : List.of(near, far, farther)) assertThat(shop.whole(ORDERS)).hasSize(9);
    }

    @Test
    void a_store_that_cannot_be_read_deletes_nothing_says_so_and_stops_no_other() {
        further.remove(far.store.uri());

        var answer = call(EventFiles.read("retention.tick"));

        assertThat(near.whole(ORDERS)).hasSize(7);
        assertThat(far.whole(ORDERS)).hasSize(9);
        assertThat(farther.whole(ORDERS)).hasSize(7);
        assertThat(answer.get("copies").get(0).get("failed").get("code").asText())
                .isEqualTo("PGV-3002");
        assertThat(lines)
                .anyMatch(line ->
                        line.contains("\"event\":\"store-failed\"")
                                && line.contains(far.store.uri() + ""));
        assertThat(lines.getLast()).contains("\"RetentionStops\":1");
    }

    @Test
    void a_store_that_stops_answering_halfway_decides_nothing() {
        further.put(far.store.uri(), new Counting(far.store, 5));

        var answer = call(EventFiles.read("retention.tick"));

        assertThat(far.whole(ORDERS)).hasSize(9);
        assertThat(farther.whole(ORDERS)).hasSize(7);
        assertThat(answer.get("copies").get(0).get("failed").get("code").asText())
                .isEqualTo("PGV-3001");
    }

    @Test
    void a_document_that_cannot_be_believed_stops_its_store_only() {
        far.store.create(
                new ObjectKey("shop/orders/drills/20261105T023000Z-verify-aaaaaaaaaa.json"),
                "{".getBytes(StandardCharsets.UTF_8));

        var answer = call(EventFiles.read("retention.tick"));

        assertThat(far.whole(ORDERS)).hasSize(9);
        assertThat(near.whole(ORDERS)).hasSize(7);
        assertThat(answer.get("copies").get(0).get("done").get("stops").get(0).asText())
                .startsWith("shop/orders: ");
        assertThat(lines.getLast()).contains("\"RetentionStops\":1");
    }

    @Test
    void when_the_store_itself_fails_the_others_have_their_turn_and_it_is_told() {
        var failing = new Shop(new FlakyObjectStore(store, 1), keep);

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> call(failing, EventFiles.read("retention.tick")))
                .withMessageStartingWith("PGV-3001");

        assertThat(near.whole(ORDERS)).hasSize(9);
        assertThat(far.whole(ORDERS)).hasSize(5);
        assertThat(lines).noneMatch(line -> line.contains("RetentionRuns"));
    }

    @Test
    void the_plan_of_a_further_store_is_refused_when_its_facts_changed() {
        var at = "\"store\": \"%s\"".formatted(far.store.uri());
        var shown = call("{%s}".formatted(at));
        assertThat(shown.get("copies")).isEmpty();
        var apply = "{\"action\": \"apply\", \"plan\": %s, %s}".formatted(shown.get("plan"), at);
        var late = far.night(ORDERS, Instant.parse("2026-11-09T10:30:00Z"));

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> call(apply))
                .withMessageStartingWith("PGV-6020");
        assertThat(far.whole(ORDERS)).hasSize(10);

        far.store.delete(Shop.key(late));
        late.objects().forEach(object -> far.store.delete(object.key()));
        call(apply);

        assertThat(far.whole(ORDERS)).hasSize(5);
        assertThat(near.whole(ORDERS)).hasSize(9);
        assertThat(farther.whole(ORDERS)).hasSize(9);
    }

    @Test
    void an_agreed_plan_of_the_store_touches_no_further_one() {
        var shown = call(EventFiles.read("retention.plan")).get("plan");

        call("{\"action\": \"apply\", \"plan\": %s}".formatted(shown));

        assertThat(near.whole(ORDERS)).hasSize(7);
        assertThat(far.whole(ORDERS)).hasSize(9);
    }

    @Test
    void one_run_lets_go_of_no_more_there_than_its_budget() {
        var archive = new DatabaseName("archive");
        far.nights(archive, "2026-10-11T02:30:00Z", 30);

        call(EventFiles.read("retention.tick"));

        // A fifth of thirty.
        assertThat(far.whole(archive)).hasSize(24);
    }

    @Test
    void what_is_held_there_stays_there() {
        var first = far.whole(ORDERS).getFirst();
        call(
                """
                {"action": "hold", "backup": "%s", "owner": "legal", "reason": "case", "store": "%s"}
                """
                        .formatted(first, far.store.uri()));

        call(EventFiles.read("retention.tick"));

        assertThat(far.whole(ORDERS)).hasSize(6).contains(first);
        assertThat(near.whole(ORDERS)).doesNotContain(first);
    }

    @Test
    void the_newest_proven_copy_stays_where_its_verdict_came_along() {
        var first = new Catalog(far.store).backups(Catalog.Filter.ANY).getFirst();
        far.drilled(first, DrillVerdict.PROVEN, Instant.parse("2026-11-01T05:00:00Z"));

        call(EventFiles.read("retention.tick"));

        assertThat(far.whole(ORDERS)).hasSize(6).contains(first.backup());
    }

    @Test
    void a_server_that_does_not_copy_there_keeps_everything_there() {
        var other = new ServerName("other");
        var of = far.whole(ORDERS).getFirst();
        var source = Layout.of(Shop.SERVER, ORDERS, of, Layout.MANIFEST);
        var document = far.store.document(source).orElseThrow();
        far.store.create(
                Layout.of(other, ORDERS, of, Layout.MANIFEST),
                new String(document.content(), StandardCharsets.UTF_8)
                        .replace("\"shop\"", "\"other\"")
                        .getBytes(StandardCharsets.UTF_8));

        call(EventFiles.read("retention.tick"));

        assertThat(far.store.stat(Layout.of(other, ORDERS, of, Layout.MANIFEST))).isPresent();
    }

    @Test
    void a_store_that_no_profile_names_is_refused() {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> call("{\"action\": \"apply\", \"store\": \"s3://else/pg\"}"))
                .withMessageStartingWith(
                        "PGV-1001: no profile of a server sends copies to s3://else/pg")
                .withMessageContaining(far.store.uri() + "");
    }

    private ObjectStore directory(String name) {
        var made = new DirectoryStore(new StoreUri.Directory(folder.resolve(name)));
        further.put(made.uri(), made);
        return made;
    }

    private JsonNode call(String event) {
        return call(near, event);
    }

    private JsonNode call(Shop shop, String event) {
        var handler =
                new RetentionHandler(
                        shop.places(NOW, further),
                        new Metrics("prod", lines::add),
                        new StateLog("retention", lines::add),
                        () -> NOW);
        return Json.readTree(
                new Invocation("request-1").of(handler, event).getBytes(StandardCharsets.UTF_8),
                "answer");
    }
}
