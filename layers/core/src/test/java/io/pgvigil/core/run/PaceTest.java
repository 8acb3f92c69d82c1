package io.pgvigil.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.RunId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class PaceTest {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    @Test
    void what_is_left_follows_from_the_rate_of_the_stage() {
        var pace = Pace.of(told(40_000_000, 120_000_000, 20), Optional.empty(), NOW);

        assertThat(pace.bytesPerSecond()).isEqualTo(2_000_000);
        assertThat(pace.left()).contains(Duration.ofSeconds(40));
        assertThat(pace.words())
                .isEqualTo("dump shop: 40.0 MB of about 120 MB, 31,000 rows, 2.0 MB/s");
    }

    @Test
    void the_last_time_tells_more_than_the_size_of_the_source() {
        var pace = Pace.of(told(40_000_000, 120_000_000, 20), Optional.of(60_000_000L), NOW);

        assertThat(pace.expectedBytes()).contains(60_000_000L);
        assertThat(pace.left()).contains(Duration.ofSeconds(10));
    }

    @Test
    void more_than_was_expected_is_no_estimate() {
        var pace = Pace.of(told(40_000_000, 0, 20), Optional.of(30_000_000L), NOW);

        assertThat(pace.expectedBytes()).isEmpty();
        assertThat(pace.left()).isEmpty();
    }

    @Test
    void in_the_first_second_there_is_no_rate() {
        var pace = Pace.of(told(40_000, 120_000, 0), Optional.empty(), NOW);

        assertThat(pace.bytesPerSecond()).isZero();
        assertThat(pace.left()).isEmpty();
    }

    @Test
    void a_task_that_is_silent_for_longer_than_it_should_be_is_stale() {
        var told = told(40_000_000, 120_000_000, 20);

        assertThat(Pace.of(told, Optional.empty(), NOW.plus(Pace.SILENCE)).stale()).isEmpty();
        var stale = Pace.of(told, Optional.empty(), NOW.plus(Pace.SILENCE).plusSeconds(1));
        assertThat(stale.stale()).contains(Pace.SILENCE.plusSeconds(1));
        assertThat(stale.left()).isEmpty();
    }

    private static RunProgress told(long bytes, long expected, int seconds) {
        return new RunProgress(
                RunProgress.FORMAT,
                new RunId("20261122T115000Z-backup-0000000001"),
                "dump",
                "shop",
                bytes,
                31_000,
                expected,
                NOW.minusSeconds(seconds),
                NOW);
    }
}
