package io.pgvigil.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.report.Report;
import io.pgvigil.core.watch.History;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.testkit.EventFiles;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.Invocation;
import io.pgvigil.testkit.SampleBackup;
import io.pgvigil.wire.Histories;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Manifests;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ReportHandlerTest {
    private static final Instant NOW = Instant.parse("2026-11-22T03:20:00Z");

    private Instant now = NOW;
    private final InMemoryObjectStore store = new InMemoryObjectStore(() -> now);
    private final ReportHandler handler =
            new ReportHandler(
                    store,
                    new Reports(
                            store,
                            new KeptSight(store, ConfigurationSource.fixed(Optional.empty())),
                            Optional::empty),
                    (key, type, length) -> Optional.of(URI.create("https://example.test/" + key)),
                    StateLog.SILENT,
                    () -> now);

    @Test
    void a_person_gets_a_link_and_the_store_the_page() throws IOException {
        var backup = SampleBackup.storeObjects(store);
        store.create(
                Layout.of(backup.server(), backup.database(), backup.backup(), Layout.MANIFEST),
                Manifests.bytes(backup));

        var answer = call("report.manual");

        assertThat(answer.path("written").asBoolean()).isTrue();
        assertThat(answer.path("protection").asText()).isEqualTo("AT_RISK");
        assertThat(answer.path("link").asText())
                .isEqualTo("https://example.test/report/index.html");
        assertThat(answer.path("until").asText()).isEqualTo("2026-11-22T04:20:00Z");
        var page =
                new String(
                        store.document(Layout.PAGE).orElseThrow().content(),
                        StandardCharsets.UTF_8);
        var data =
                Json.read(
                        store.document(Layout.PAGE_DATA).orElseThrow(),
                        Report.class,
                        Report.FORMAT);
        assertThat(page).contains(data.answer().headline(), "orders-test/orders");
        assertThat(data.databases()).hasSize(1);
        assertThat(store.document(Layout.PROOFS)).isPresent();
    }

    @Test
    void what_a_newer_page_tells_already_is_not_told_again() throws IOException {
        assertThat(call("report.announced").path("written").asBoolean()).isTrue();

        now = NOW.plusSeconds(60);
        assertThat(call("report.announced").path("written").asBoolean()).isFalse();
        assertThat(call("report.manual").path("written").asBoolean()).isTrue();
    }

    @Test
    void a_server_that_nobody_named_is_on_the_page_with_its_first_backup() throws IOException {
        new Histories(store).keep(new History(History.FORMAT, NOW, NOW, List.of(), List.of()));
        var backup = SampleBackup.storeObjects(store);
        store.create(
                Layout.of(backup.server(), backup.database(), backup.backup(), Layout.MANIFEST),
                Manifests.bytes(backup));

        call("report.announced");

        assertThat(
                        new String(
                                store.document(Layout.PAGE).orElseThrow().content(),
                                StandardCharsets.UTF_8))
                .contains("orders-test/orders");
    }

    private JsonNode call(String event) throws IOException {
        var out = new ByteArrayOutputStream();
        handler.handleRequest(
                new ByteArrayInputStream(EventFiles.read(event).getBytes(StandardCharsets.UTF_8)),
                out,
                new Invocation("report"));
        return Json.readTree(out.toByteArray(), "the answer");
    }
}
