package io.pgvigil.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.ServerName;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class EmfTest {
    private static final Instant AT = Instant.parse("2026-11-22T02:34:42Z");

    @Test
    void a_line_is_what_the_golden_file_says() throws IOException {
        var line =
                Emf.line(
                        AT,
                        "acme",
                        Optional.of(new ServerName("orders-prod")),
                        List.of(
                                Emf.Metric.count("BackupsSealed", 2),
                                Emf.Metric.bytes("StoredBytes", 7_495_991),
                                Emf.Metric.seconds("BackupSeconds", 212.5)));

        assertThat(line + "\n").isEqualTo(golden("emf-backups-of-one-server.json"));
    }

    /// The rules of the specification that a line can break.
    @Test
    void a_line_names_only_dimensions_and_metrics_that_it_has() {
        var tree =
                Json.readTree(
                        Emf.line(
                                        AT,
                                        "acme",
                                        Optional.empty(),
                                        List.of(Emf.Metric.count("QueuedRuns", 0)))
                                .getBytes(StandardCharsets.UTF_8),
                        "the line");

        var directive = tree.at("/_aws/CloudWatchMetrics/0");
        assertThat(tree.at("/_aws/Timestamp").isIntegralNumber()).isTrue();
        assertThat(directive.path("Namespace").asText()).isEqualTo("pgvigil");
        assertThat(directive.path("Dimensions").toString()).isEqualTo("[[\"Stack\"]]");
        assertThat(tree.path("Stack").isTextual()).isTrue();
        assertThat(tree.has("Server")).isFalse();
        for (var metric : directive.path("Metrics"))
            assertThat(tree.path(metric.path("Name").asText()).isNumber()).isTrue();
    }

    private static String golden(String name) throws IOException {
        try (var file = EmfTest.class.getResourceAsStream("/golden/" + name)) {
            return new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
