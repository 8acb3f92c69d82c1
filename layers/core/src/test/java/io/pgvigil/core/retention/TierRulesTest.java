package io.pgvigil.core.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.config.Keep;
import io.pgvigil.core.config.Tiers;
import io.pgvigil.core.store.StorageClass;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Which backups move into which storage class.
final class TierRulesTest {
    private static final String NOON = "2026-11-22T12:00:00Z";

    private final History history = History.keeping(Keep.tiers(30, 12, 12, 7));

    @Test
    void the_first_of_a_period_moves_into_the_class_of_the_longest_one() {
        history.gigabytes = 10;
        var days = history.daily("2025-12-31T02:30:00Z", 327);

        var moves = moves(history.decide(NOON));

        // 1 January 2026 is the first of its year, of its month, and of its day.
        assertThat(get(moves, days.get(1)).tier()).isEqualTo(Period.YEARLY);
        assertThat(get(moves, days.get(1)).to()).isEqualTo(StorageClass.GLACIER_IR);
        // Monday 5 January stands for a week that is long over.
        assertThat(moves).doesNotContainKey(days.get(5));
        // 1 June for its month, Monday 16 November for its week, the day after for itself.
        assertThat(get(moves, days.get(152)).tier()).isEqualTo(Period.MONTHLY);
        assertThat(get(moves, days.get(320)).to()).isEqualTo(StorageClass.STANDARD_IA);
        assertThat(moves).doesNotContainKey(days.get(321));
    }

    @Test
    void a_move_says_what_it_saves_and_until_when() {
        history.gigabytes = 10;
        var days = history.daily("2025-12-31T02:30:00Z", 327);

        var move = get(moves(history.decide(NOON)), days.get(152));

        // 10 GB for 191 days at 0.019 less a month, until 1 June 2027.
        assertThat(move.gain()).isEqualTo("to GLACIER_IR as monthly, saves $1.19 until 2027-06");
        assertThat(move.dollars()).isBetween(1.18, 1.20);
        assertThat(move.why()).startsWith("monthly 6 of 12 (2026-06); to GLACIER_IR");
    }

    @Test
    void what_does_not_save_a_cent_stays_where_it_is() {
        // A quarter of a megabyte for seven years.
        history.gigabytes = 1;
        history.daily("2025-12-31T02:30:00Z", 327);
        history.backups.replaceAll(one -> History.stored(one, History.inBucket(256 << 10)));

        assertThat(history.decide(NOON).moves()).isEmpty();
    }

    @Test
    void a_class_with_a_least_time_is_not_entered_for_less() {
        // Two months of 0.023 are less than 180 days of anything but the cheapest.
        history.keep = Keep.tiers(0, 0, 2, 0);
        history.tiers =
                new Tiers(
                        StorageClass.STANDARD,
                        StorageClass.STANDARD,
                        StorageClass.GLACIER_IR,
                        StorageClass.GLACIER_IR);
        history.gigabytes = 10;
        history.daily("2026-10-01T02:30:00Z", 53);

        var left = history.decide("2026-11-22T12:00:00Z").moves();
        var soonGone = history.decide("2026-11-23T01:00:00Z").moves();

        // Nine days are left of October's: ninety of Glacier Instant Retrieval cost more.
        assertThat(left).noneMatch(move -> move.backup().toString().contains("/20261001"));
        assertThat(soonGone).allMatch(move -> move.backup().toString().contains("/20261101"));
    }

    @Test
    void what_is_odd_or_failed_its_drill_is_not_sent_into_the_cold() {
        history.gigabytes = 10;
        var days = history.daily("2026-01-01T02:30:00Z", 326);
        history.drilled(days.get(0), Proof.FAILED);
        history.drilled(days.get(40), Proof.PROVEN);

        var moves = moves(history.decide(NOON));

        assertThat(moves).doesNotContainKey(days.get(0));
        // The next proven one takes over.
        assertThat(get(moves, days.get(40)).tier()).isEqualTo(Period.YEARLY);
    }

    @Test
    void what_a_restore_takes_today_never_waits_for_hours() {
        history.keep = Keep.tiers(7, 0, 12, 7);
        history.tiers =
                new Tiers(
                        StorageClass.STANDARD,
                        StorageClass.STANDARD,
                        StorageClass.DEEP_ARCHIVE,
                        StorageClass.DEEP_ARCHIVE);
        history.gigabytes = 100;
        var days = history.daily("2026-01-01T02:30:00Z", 307);
        history.drilled(days.get(273), Proof.PROVEN);

        // 3 November: the first of the month is one of seven days, 1 October the newest proven one.
        var moves = moves(history.decide("2026-11-03T12:00:00Z"));

        assertThat(moves).doesNotContainKey(days.get(304)).doesNotContainKey(days.get(273));
        assertThat(get(moves, days.get(243)).to()).isEqualTo(StorageClass.DEEP_ARCHIVE);
    }

    @Test
    void what_was_told_is_not_told_again_and_moves_on_when_it_is_promoted() {
        history.gigabytes = 10;
        var days = history.daily("2026-10-12T02:30:00Z", 42);
        var weekly = days.get(14);
        var told = get(moves(history.decide(NOON)), weekly);
        assertThat(told.to()).isEqualTo(StorageClass.STANDARD_IA);
        history.told(told, Instant.parse(NOON));

        assertThat(moves(history.decide(NOON))).doesNotContainKey(weekly);

        // The first of the month turns out bad, and this one, the first of a week, stands for it.
        for (var day = 0; day < 14; day++) history.drilled(days.get(day), Proof.FAILED);
        history.drilled(weekly, Proof.PROVEN);
        var promoted = get(moves(history.decide(NOON)), weekly);
        assertThat(promoted.tier()).isEqualTo(Period.YEARLY);
        assertThat(promoted.to()).isEqualTo(StorageClass.GLACIER_IR);
    }

    @Test
    void while_something_is_wrong_nothing_moves() {
        history.gigabytes = 10;
        history.daily("2026-01-01T02:30:00Z", 320);

        assertThat(history.decide(NOON).stops()).hasSize(1);
        assertThat(history.decide(NOON).moves()).isEmpty();
    }

    @Test
    void what_leans_on_others_stays_with_them() {
        history.gigabytes = 10;
        var first = history.backup("2026-01-01T02:30:00Z");
        var increment =
                history.backup(
                        Instant.parse("2026-02-01T02:30:00Z"), History.USUAL, Proof.UNTRIED, first);
        history.daily("2026-03-01T02:30:00Z", 267);

        assertThat(moves(history.decide(NOON)))
                .doesNotContainKey(first)
                .doesNotContainKey(increment)
                .isNotEmpty();
    }

    @Test
    void a_tier_is_shown_also_where_there_are_no_classes() {
        var days = history.daily("2025-12-31T02:30:00Z", 327);

        var tiers =
                history.decide(NOON).verdicts().stream()
                        .collect(
                                Collectors.toMap(
                                        one -> one.backup().ref(), Decision.Decided::tier));

        assertThat(tiers.get(days.get(1))).contains(Period.YEARLY);
        assertThat(tiers.get(days.get(326))).contains(Period.DAILY);
        assertThat(tiers.get(days.get(200))).isEqualTo(Optional.empty());
    }

    private static Verdict.Move get(Map<BackupRef, Verdict.Move> moves, BackupRef ref) {
        return Objects.requireNonNull(moves.get(ref));
    }

    private static Map<BackupRef, Verdict.Move> moves(Decision decision) {
        return decision.moves().stream()
                .collect(Collectors.toMap(Verdict.Move::backup, move -> move));
    }
}
