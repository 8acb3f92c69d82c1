package io.pgvigil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.store.StoreUri;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.Tools;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalDate;
import java.util.Comparator;
import org.junit.jupiter.api.Test;

/// Days with real backups and restores, and what is told of them.
final class DemoWeekTest {
    @Test
    void each_failure_is_announced_once_and_cleared_once_and_the_page_tells_the_end()
            throws IOException {
        var folder =
                Files.createTempDirectory(
                        "pgvigil-demo-test-",
                        // As root the server runs as another user and has to pass through.
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx--x--x")));
        var tools =
                Tools.find(System.getenv()).sets().stream()
                        .filter(ToolSet::hasServer)
                        .max(Comparator.comparing(ToolSet::version))
                        .orElseThrow();
        var printed = new ByteArrayOutputStream();
        try (var server = DemoServer.start(tools, folder)) {
            var week =
                    new DemoWeek(
                            server,
                            new StoreUri.Directory(folder.resolve("store")),
                            LocalDate.of(2026, 11, 22),
                            DemoWeek.FEWEST,
                            new PrintStream(printed, true, StandardCharsets.UTF_8));

            var pages = week.pass();

            assertThat(week.told())
                    .filteredOn(line -> line.startsWith("finding."))
                    .containsExactly(
                            "finding.raised backup-late demo/bakery logical",
                            "finding.raised loss-too-large demo/bakery",
                            "finding.cleared backup-late demo/bakery logical",
                            "finding.cleared loss-too-large demo/bakery",
                            "finding.raised drill-failed demo/bakery",
                            "finding.cleared drill-failed demo/bakery");
            assertThat(week.told())
                    .extracting(line -> line.substring(0, line.indexOf(' ')))
                    .filteredOn(event -> !event.startsWith("finding."))
                    .containsExactly(
                            "backup.sealed",
                            "drill.proven",
                            "run.failed",
                            "drill.proven",
                            "backup.sealed",
                            "backup.sealed",
                            "drill.not-proven",
                            "backup.sealed",
                            "drill.proven");
            assertThat(week.standing()).isEmpty();
            assertThat(pages.report().databases())
                    .singleElement()
                    .satisfies(database -> assertThat(database.readiness()).isNotEmpty());
            assertThat(printed.toString(StandardCharsets.UTF_8))
                    .contains("Sun 22 Nov")
                    .contains("password authentication failed");
        } finally {
            DemoCommand.remove(folder);
        }
    }
}
