package io.pgvigil.core.retention;

import static io.pgvigil.core.retention.History.USUAL;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.config.Keep;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UsualTest {
    private final History history = History.keeping(Keep.NOTHING);
    private Instant night = Instant.parse("2026-11-01T02:30:00Z");

    @ParameterizedTest(name = "{0}, {1}, {2}, {3}: {4}")
    @CsvSource(
            delimiter = '|',
            value = {
                // archive bytes, stored bytes, rows, tables
                "50000000 | 10000000 | 100000 | 40 | ''",
                "25000000 |  5000000 |  50000 | 20 | ''",
                "24999999 |  5000000 |  50000 | 20 | an archive of 24,999,999 bytes where 50,000,000 are usual",
                "50000000 | 10000000 |  49999 | 40 | '49,999 rows where 100,000 are usual'",
                "50000000 | 10000000 | 100000 | 19 | 19 tables where 40 are usual",
                // Rows that somebody encrypted: as many as ever, and they do not compress.
                "50000000 | 49000000 | 100000 | 40 | compressed 1.0 times where 5.0 times are usual",
                "500000000 | 99000000 | 9000000 | 400 | ''",
            })
    void less_than_half_of_the_median_looks_wrong(
            long archive, long stored, long rows, int tables, String complaint) {
        many(USUAL, 10);

        assertThat(complaint(new Measures(archive, stored, rows, tables))).isEqualTo(complaint);
    }

    @Test
    void in_a_small_database_only_nothing_at_all_looks_wrong() {
        many(new Measures(90_000, 30_000, 600, 3), 10);

        assertThat(complaint(new Measures(20_000, 15_000, 10, 1))).isEmpty();
        assertThat(complaint(new Measures(20_000, 15_000, 0, 1)))
                .isEqualTo("0 rows where 600 are usual");
    }

    @Test
    void two_are_no_history() {
        many(USUAL, 2);

        assertThat(complaint(new Measures(1, 1, 1, 1))).isEmpty();
    }

    @Test
    void a_part_of_the_database_is_compared_with_its_like() {
        many(USUAL, 10);
        history.selection =
                new Selection(List.of("app"), List.of(), List.of(), List.of(), List.of());

        assertThat(complaint(new Measures(1_000_000, 200_000, 1_000, 4))).isEmpty();
    }

    @Test
    void slow_shrinking_is_followed() {
        var rows = 1_000_000.0;
        for (var day = 0; day < 60; day++, rows *= 0.95)
            many(new Measures(50_000_000, 10_000_000, (long) rows, 40), 1);

        assertThat(look(Usual.UNKNOWN).judged().values()).containsOnly("");
    }

    @Test
    void a_judgement_stays_when_what_it_rested_on_is_deleted() {
        many(USUAL, 5);
        var odd = history.backup(night, new Measures(1, 1, 1, 1), Proof.UNTRIED);
        var before = look(Usual.UNKNOWN);

        history.backups.removeIf(backup -> !backup.ref().equals(odd));

        assertThat(look(before).complaint(odd.backup())).isNotEmpty();
        assertThat(look(before).judged()).containsOnlyKeys(odd.backup());
        assertThat(complaintAfter(look(before), new Measures(1, 1, 1, 1))).isNotEmpty();
    }

    @Test
    void what_a_person_accepts_begins_a_new_history() {
        many(USUAL, 10);
        var small = new Measures(5_000_000, 1_000_000, 9_000, 8);
        var accepted = history.backup(night, small, Proof.UNTRIED);
        many(small, 3);
        var before = look(Usual.UNKNOWN);
        assertThat(before.complaint(accepted.backup())).isNotEmpty();

        var after = before.after(history.backups, Set.of(accepted));

        assertThat(after.judged().values()).containsOnly("");
        assertThat(after.after(history.backups, Set.of(accepted))).isEqualTo(after);
        assertThat(complaintAfter(after, new Measures(2_000_000, 400_000, 9_000, 8)))
                .isEqualTo("an archive of 2,000,000 bytes where 5,000,000 are usual");
    }

    private void many(Measures measures, int count) {
        for (var i = 0; i < count; i++) {
            night = night.plus(Duration.ofDays(1));
            history.backup(night, measures, Proof.UNTRIED);
        }
        night = night.plus(Duration.ofDays(1));
    }

    private String complaint(Measures measures) {
        return complaintAfter(look(Usual.UNKNOWN), measures);
    }

    private String complaintAfter(Usual before, Measures measures) {
        night = night.plus(Duration.ofDays(1));
        var backup = history.backup(night, measures, Proof.UNTRIED);
        return look(before).complaint(backup.backup());
    }

    private Usual look(Usual before) {
        return before.after(history.backups, Set.of());
    }
}
