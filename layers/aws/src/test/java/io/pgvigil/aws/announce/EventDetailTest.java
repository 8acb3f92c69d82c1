package io.pgvigil.aws.announce;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgvigil.core.announce.Announcement;
import io.pgvigil.testkit.EventFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Programs depend on the form of these events: what is written today must be what the files hold.
final class EventDetailTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path FOLDER =
            EventFiles.top().resolve("layers/aws/src/test/resources/golden");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `pgvigil ([a-z.-]+)` \\|");

    static Stream<Path> files() throws IOException {
        try (var all = Files.list(FOLDER)) {
            return all
                    .filter(file -> file.getFileName().toString().startsWith("event-v1-"))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void an_announcement_is_written_as_its_golden_file_says(Path file) throws IOException {
        var golden = JSON.readTree(file.toFile());

        var written =
                JSON.readTree(
                        EventDetail.of(
                                announcement(golden),
                                Optional.of(golden.path("stack").textValue())));

        // Names, values and their order.
        assertThat(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(written))
                .isEqualTo(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(golden));
        assertThat(file.getFileName().toString())
                .isEqualTo(
                        "event-v1-" + golden.path("event").textValue().replace('.', '-') + ".json");
    }

    @Test
    void the_docs_list_every_event_that_has_a_golden_file_and_no_other() throws IOException {
        var events = new TreeSet<String>();
        for (var file : files().toList())
            events.add(JSON.readTree(file.toFile()).path("event").textValue());

        var rows =
                ROW.matcher(Files.readString(EventFiles.top().resolve("docs/events.md")))
                        .results()
                        .map(found -> found.group(1))
                        .collect(Collectors.toCollection(TreeSet::new));

        assertThat(rows).isEqualTo(events).hasSizeGreaterThan(5);
    }

    @Test
    void without_a_stack_its_name_is_left_out() throws IOException {
        var golden = JSON.readTree(files().toList().getFirst().toFile());

        assertThat(EventDetail.tree(announcement(golden), Optional.empty()).has("stack")).isFalse();
    }

    private static Announcement announcement(JsonNode golden) {
        var details = new LinkedHashMap<String, String>();
        golden.path("details")
                .properties()
                .forEach(detail -> details.put(detail.getKey(), detail.getValue().textValue()));
        return new Announcement(
                golden.path("event").textValue(),
                Announcement.Severity.valueOf(golden.path("severity").textValue()),
                golden.path("subject").textValue(),
                golden.path("headline").textValue(),
                golden.path("text").textValue(),
                details,
                Instant.parse(golden.path("at").textValue()));
    }
}
