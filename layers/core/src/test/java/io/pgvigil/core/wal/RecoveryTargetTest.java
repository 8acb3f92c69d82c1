package io.pgvigil.core.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecoveryTargetTest {
    @ParameterizedTest
    @CsvSource({
        "2026-11-22T10:42:16+01:00, 2026-11-22T09:42:16Z",
        "2026-11-22T10:42:16Z, 2026-11-22T10:42:16Z",
        "2026-11-22t10:42:16z, 2026-11-22T10:42:16Z",
        "2026-11-22 10:42:16+01, 2026-11-22T09:42:16Z",
        "2026-11-22 10:42:16.123456-09:30, 2026-11-22T20:12:16.123456Z",
        "2026-11-22 10:42:16 +01:00, 2026-11-22T09:42:16Z",
        "2026-11-22 10:42:16 UTC, 2026-11-22T10:42:16Z",
        "2026-11-22T10:42+13:45, 2026-11-21T20:57:00Z",
        // The hour that comes twice when summer time ends in Paris: the offset tells which.
        "2026-10-25T02:30:00+02:00, 2026-10-25T00:30:00Z",
        "2026-10-25T02:30:00+01:00, 2026-10-25T01:30:00Z"
    })
    void reads_a_time_with_its_offset(String text, Instant moment) {
        assertThat(RecoveryTarget.time(text).time()).isEqualTo(moment);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-11-22T10:42:16",
                "2026-11-22 10:42:16",
                "2026-11-22 10:42",
                "2026-11-22",
                "2026-11-22T10:42:16 CET",
                "2026-11-22T10:42:16 Europe/Paris"
            })
    void a_time_without_an_offset_is_refused(String text) {
        assertThatThrownBy(() -> RecoveryTarget.time(text))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> {
                            assertThat(problem.code()).isEqualTo(ErrorCode.USAGE_INVALID);
                            assertThat(problem.what())
                                    .isEqualTo(
                                            "the time '"
                                                    + text
                                                    + "' does not say how far it is from UTC");
                        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "yesterday", "10:42:16+01", "2026-02-30T10:00:00Z", "1764000000"})
    void refuses_what_is_no_time(String text) {
        assertThatThrownBy(() -> RecoveryTarget.time(text))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("'" + text + "' is no time");
    }

    @Test
    void the_setting_means_the_same_in_every_time_zone() {
        assertThat(RecoveryTarget.time("2026-11-22T10:42:16.25+01:00").setting())
                .isEqualTo("2026-11-22 09:42:16.250000+00");
    }

    @Test
    void transactions_are_compared_in_their_circle() {
        assertThat(new RecoveryTarget.Transaction(1000).notBefore(1000)).isTrue();
        assertThat(new RecoveryTarget.Transaction(999).notBefore(1000)).isFalse();
        // With an epoch on one side and without on the other.
        assertThat(new RecoveryTarget.Transaction(1000).notBefore((7L << 32) + 999)).isTrue();
        assertThat(
                        new RecoveryTarget.Transaction((7L << 32) + 5)
                                .notBefore((6L << 32) + 0xFFFF_FFF0L))
                .isTrue();
        assertThat(new RecoveryTarget.Transaction((7L << 32) + 5).inTheLog()).isEqualTo(5);
    }
}
