package io.pgvigil.wire.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.pgvigil.core.config.Limits;
import io.pgvigil.core.config.Profile;
import io.pgvigil.core.schedule.Schedule;
import io.pgvigil.core.schedule.Spans;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// `docs/configuration.md` and the reader say the same.
class ConfigurationPageTest {
    private final String page = page();

    @Test
    void every_setting_that_is_read_is_on_the_page_and_every_setting_on_the_page_is_read() {
        var onThePage = new TreeSet<String>();
        var rows =
                Pattern.compile("(?m)^\\| `([a-zA-Z_.\\[\\]]+)` \\| [^|]+ \\| [^|]+ \\| [^|]*\\|$");
        for (var row = rows.matcher(page); row.find(); )
            if (!row.group(1).equals("timezone")) onThePage.add(row.group(1));
        // The table of the default profiles has four columns too, with bare names.
        onThePage.removeIf(name -> !name.contains(".") && !Keys.TOP.knows(name));

        assertThat(onThePage).isEqualTo(ConfigurationReader.settings());
    }

    @Test
    void every_example_on_the_page_is_accepted_and_read_back_from_its_print() {
        var blocks = Pattern.compile("(?s)```yaml\\n(.*?)```").matcher(page);
        var count = 0;
        for (; blocks.find(); count++) {
            var example = blocks.group(1);
            assertThatCode(
                            () -> {
                                var read = ConfigurationReader.read(example, "example");
                                var printed = ConfigurationPrinter.print(read);
                                assertThat(ConfigurationReader.read(printed, "printed"))
                                        .isEqualTo(read);
                            })
                    .as(example)
                    .doesNotThrowAnyException();
        }
        assertThat(count).isGreaterThanOrEqualTo(3);
    }

    @Test
    void the_defaults_on_the_page_are_the_defaults() {
        assertThat(page)
                .contains(
                        "`servers.NAME.limits.lock_timeout` | duration, 1s to 1d | `"
                                + Spans.print(Limits.DEFAULT.lockTimeout())
                                + "`")
                .contains(
                        "`servers.NAME.limits.longest` | duration, 1m to 14d | `"
                                + Spans.print(Limits.DEFAULT.longest())
                                + "`")
                .contains(
                        "`servers.NAME.limits.at_once` | number, 1 to "
                                + Limits.MOST_AT_ONCE
                                + " | `"
                                + Limits.DEFAULT.atOnce()
                                + "`")
                .contains(
                        "`servers.NAME.limits.catch_up` | duration, 5m to 31d | `"
                                + Spans.print(Limits.DEFAULT.catchUp())
                                + "`");
        var defaults = Profile.defaults();
        assertThat(page)
                .contains(
                        "| `logical` | `%s` | `%s` | `%s` |"
                                .formatted(
                                        logical(defaults.get("production")),
                                        logical(defaults.get("staging")),
                                        logical(defaults.get("development"))));
        assertThat(page)
                .contains(
                        "| `daily [HH:MM] [ZONE]` | `"
                                + Schedule.DEFAULT_TIME
                                + "`, `"
                                + Schedule.DEFAULT_ZONE
                                + "`");
    }

    private static Schedule logical(@Nullable Profile profile) {
        return Objects.requireNonNull(profile).logical().orElseThrow();
    }

    private static String page() {
        try {
            return Files.readString(Path.of("../../docs/configuration.md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
