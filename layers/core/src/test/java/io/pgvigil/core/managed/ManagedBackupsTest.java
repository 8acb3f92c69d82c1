package io.pgvigil.core.managed;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.managed.ManagedBackups.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ManagedBackupsTest {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private static ManagedBackups backups(int days, Optional<Duration> behind) {
        return new ManagedBackups("orders", false, "available", days, behind.map(NOW::minus));
    }

    @ParameterizedTest
    @CsvSource({
        // promised, minutes behind, whether that is good
        "PT1H,  5,  true",
        "PT1H,  60, true",
        "PT1H,  61, false",
        ",      60, true",
        ",      61, false",
        // Less than what RDS itself needs is not asked of it.
        "PT1M,  15, true",
        "PT1M,  16, false",
        "P1D,   600, true"
    })
    void recent_is_what_the_promise_allows(Duration rpo, long minutes, boolean good) {
        var verdict =
                backups(7, Optional.of(Duration.ofMinutes(minutes)))
                        .judge(Optional.ofNullable(rpo), NOW);

        assertThat(verdict instanceof Verdict.Satisfied).isEqualTo(good);
    }

    @Test
    void the_time_is_one_that_people_read() {
        var verdict = backups(7, Optional.of(Duration.ofMinutes(5))).judge(Optional.empty(), NOW);

        assertThat(verdict)
                .isEqualTo(
                        new Verdict.Satisfied(
                                "orders keeps automated backups for 7 days and can be restored up to"
                                        + " 2026-11-22 11:55 UTC"));
    }

    @Test
    void backups_that_are_off_are_missing_and_the_line_that_turns_them_on_is_said() {
        var verdict = backups(0, Optional.of(Duration.ofMinutes(1))).judge(Optional.empty(), NOW);

        assertThat(verdict)
                .isInstanceOfSatisfying(
                        Verdict.Missing.class,
                        missing ->
                                assertThat(missing.hint())
                                        .contains(
                                                "modify-db-instance --db-instance-identifier orders"));
    }

    @Test
    void a_server_that_cannot_be_restored_at_all_is_missing_too() {
        assertThat(backups(7, Optional.empty()).judge(Optional.empty(), NOW))
                .isInstanceOf(Verdict.Missing.class);
    }
}
