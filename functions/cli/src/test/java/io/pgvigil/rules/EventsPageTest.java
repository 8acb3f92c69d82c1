package io.pgvigil.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.testkit.EventFiles;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Every event is explained, and every event is tried.
final class EventsPageTest {
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([^`]+)\\.json` \\|");

    @Test
    void every_event_has_a_row_in_the_table_and_every_row_has_an_event() throws IOException {
        var rows =
                ROW.matcher(new Page("events/README.md").text())
                        .results()
                        .map(row -> row.group(1))
                        .toList();

        assertThat(rows).containsExactlyInAnyOrderElementsOf(events());
    }

    @Test
    void every_event_is_json_and_is_used_by_a_test() throws IOException {
        var tests = tests();

        for (var name : events()) {
            // An empty object asks for what a function does when nothing else is said.
            var event = Json.readTree(Files.readAllBytes(folder().resolve(name + ".json")), name);
            assertThat(event.isObject()).as("%s is an object", name).isTrue();
            // In quotes, or in a list of cases.
            var use = Pattern.compile("[\"\\s]" + Pattern.quote(name) + "[\",]");
            assertThat(use.matcher(tests).find()).as("a test reads %s", name).isTrue();
        }
    }

    private static Path folder() {
        return EventFiles.top().resolve("events");
    }

    private static List<String> events() throws IOException {
        try (var files = Files.list(folder())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".json"))
                    .map(name -> name.replaceFirst("\\.json$", ""))
                    .sorted()
                    .toList();
        }
    }

    /// The text of every test of the handlers.
    private static String tests() throws IOException {
        try (var files = Files.walk(EventFiles.top().resolve("functions"))) {
            return sources(files).map(EventsPageTest::read).collect(Collectors.joining("\n"));
        }
    }

    private static Stream<Path> sources(Stream<Path> files) {
        return files.filter(file -> file.toString().endsWith(".java"))
                .filter(file -> file.toString().contains("src/test/"));
    }

    private static String read(Path file) {
        return new Page(EventFiles.top().relativize(file).toString()).text();
    }
}
