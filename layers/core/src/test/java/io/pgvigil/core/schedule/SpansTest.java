package io.pgvigil.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpansTest {
    @ParameterizedTest
    @CsvSource({
        "30s, PT30S, 30s",
        "5m, PT5M, 5m",
        "90m, PT90M, 1h30m",
        "12h, PT12H, 12h",
        "24h, PT24H, 1d",
        "30d, PT720H, 30d",
        "6w, PT1008H, 42d",
        "1h30m, PT90M, 1h30m",
        "0s, PT0S, 0s"
    })
    void reads_and_writes(String text, Duration length, String printed) {
        assertThat(Spans.parse(text)).isEqualTo(length);
        assertThat(Spans.print(length)).isEqualTo(printed);
        assertThat(Spans.parse(printed)).isEqualTo(length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "m", "5 minutes", "5M", "-5m", "1.5h", "5m1h", "1h1h", "1y"})
    void refuses_what_has_no_length(String text) {
        assertThatThrownBy(() -> Spans.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "' is not a duration");
    }

    @Test
    void the_longest_text_does_not_overflow() {
        assertThat(Spans.parse("999999999w")).isPositive();
    }
}
