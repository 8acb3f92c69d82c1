package io.pgvigil.core.retention;

import static io.pgvigil.core.retention.History.USUAL;
import static io.pgvigil.core.retention.History.verdict;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.config.Keep;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RetentionRulesTest {
    private static final Keep WEEK = Keep.tiers(7, 0, 0, 0);

    // What the rules want

    @Test
    void the_first_of_each_period_stays_and_says_which_place_it_has() {
        var history = History.keeping(Keep.tiers(3, 2, 2, 0));
        var all = history.daily("2026-09-28T02:30:00Z", 45);

        var decision = history.decide("2026-11-11T12:00:00Z");

        var kept = kept(decision);
        assertThat(kept)
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(
                                all.get(3), "monthly 2 of 2 (2026-10)",
                                all.get(34), "monthly 1 of 2 (2026-11)",
                                all.get(35), "weekly 2 of 2 (2026-W45)",
                                all.get(42), "daily 3 of 3 (2026-11-09); weekly 1 of 2 (2026-W46)",
                                all.get(43), "daily 2 of 3 (2026-11-10)",
                                all.get(44), "daily 1 of 3 (2026-11-11); newest"));
        assertThat(verdict(decision, all.getFirst()))
                .isEqualTo(
                        new Verdict.Expire(
                                all.getFirst(),
                                "no rule wants it (3 daily, 2 weekly, 2 monthly), finished 2026-09-28"));
    }

    @ParameterizedTest(name = "{0}: {1} days stay")
    @CsvSource({
        "last,   4, 4",
        // Noon of the 20th; the one of the 17th at 02:30 is three days and more old.
        "within, 3, 3",
    })
    void the_newest_and_the_young_stay(String rule, int value, int stay) {
        var keep =
                rule.equals("last")
                        ? new Keep(value, Duration.ZERO, 0, 0, 0, 0, 0)
                        : new Keep(0, Duration.ofDays(value), 0, 0, 0, 0, 0);
        var history = History.keeping(keep);
        history.daily("2026-11-01T02:30:00Z", 20);

        var decision = history.decide("2026-11-20T12:00:00Z");

        assertThat(kept(decision)).hasSize(stay);
        assertThat(decision.order()).hasSize(20 - stay);
    }

    @Test
    void days_are_those_of_the_profiles_zone() {
        var history = History.keeping(Keep.tiers(2, 0, 0, 0));
        // In Paris these are 00:30 and 23:30 of one day, and 00:30 of the next.
        var first = history.backup("2026-11-09T23:30:00Z");
        var second = history.backup("2026-11-10T22:30:00Z");
        history.backup("2026-11-10T23:30:00Z");

        history.zone = ZoneId.of("Europe/Paris");
        assertThat(history.decide("2026-11-12T00:00:00Z").order()).containsExactly(second);

        history.zone = ZoneId.of("UTC");
        assertThat(kept(history.decide("2026-11-12T00:00:00Z"))).containsKeys(first, second);
    }

    @Test
    void a_day_of_25_hours_is_one_day() {
        var history = History.keeping(Keep.tiers(2, 0, 0, 0));
        history.zone = ZoneId.of("Europe/Paris");
        // Clocks go back on 25 October at 03:00: both are 02:30 of that day.
        var first = history.backup("2026-10-25T00:30:00Z");
        var repeated = history.backup("2026-10-25T01:30:00Z");
        var next = history.backup("2026-10-26T01:30:00Z");

        var decision = history.decide("2026-10-27T12:00:00Z");

        assertThat(kept(decision)).containsOnlyKeys(first, next);
        assertThat(decision.order()).containsExactly(repeated);
    }

    @Test
    void compliance_goes_by_age_where_yearly_goes_by_the_calendar() {
        var yearly = History.keeping(Keep.tiers(0, 0, 0, 2));
        var first = yearly.backup("2024-06-01T02:30:00Z");
        yearly.backup("2025-06-01T02:30:00Z");
        yearly.backup("2026-01-01T02:30:00Z");
        yearly.backupEvery = Optional.of(Duration.ofDays(366));

        assertThat(yearly.decide("2026-01-03T00:00:00Z").order()).containsExactly(first);

        yearly.keep = new Keep(0, Duration.ZERO, 0, 0, 0, 2, 2);
        assertThat(kept(yearly.decide("2026-05-31T00:00:00Z")).get(first))
                .isEqualTo("compliance: first of 2024, until 2026-06-01");
        assertThat(yearly.decide("2026-06-02T00:00:00Z").order()).containsExactly(first);
    }

    @Test
    void when_the_first_of_a_period_fails_its_drill_the_next_proven_one_takes_over() {
        var history = History.keeping(Keep.tiers(0, 0, 2, 0));
        var october = history.daily("2026-10-01T02:30:00Z", 31);
        history.daily("2026-11-01T02:30:00Z", 20);
        history.drilled(october.get(0), Proof.FAILED);

        // Not proven yet: nobody takes over from a failed one without a proof.
        assertThat(kept(history.decide("2026-11-20T12:00:00Z"))).containsKey(october.get(0));

        history.drilled(october.get(6), Proof.PROVEN);
        var kept = kept(history.decide("2026-11-20T12:00:00Z"));
        assertThat(kept.get(october.get(6))).startsWith("monthly 2 of 2 (2026-10)");
        assertThat(kept).doesNotContainKey(october.get(0));
    }

    @Test
    void order_is_by_completion_and_never_by_names() {
        var history = History.keeping(new Keep(1, Duration.ZERO, 0, 0, 0, 0, 0));
        // The later run was finished first; its name sorts last.
        var late = history.backup("2026-11-01T02:30:00Z");
        var early = history.backup("2026-11-02T02:30:00Z");
        history.backups.replaceAll(one ->
                new BackupFacts(
                        one.ref(),
                        one.kind(),
                        Instant.parse(
                                one.ref().equals(late)
                                        ? "2026-11-03T05:00:00Z"
                                        : "2026-11-02T05:00:00Z"),
                        one.selection(),
                        true,
                        one.bytes(),
                        one.measures(),
                        one.proof(),
                        one.needs()));

        assertThat(history.decide("2026-11-04T12:00:00Z").order()).containsExactly(early);
    }

    @Test
    void a_part_made_by_hand_uses_up_no_place_of_a_whole_backup() {
        var history = History.keeping(WEEK);
        var whole = history.daily("2026-11-01T04:30:00Z", 8);
        history.selection = new Selection(List.of(), List.of(), List.of("a"), List.of(), List.of());
        history.daily("2026-11-01T01:00:00Z", 8);
        history.selection = Selection.EVERYTHING;

        var decision = history.decide("2026-11-08T12:00:00Z");

        assertThat(kept(decision)).containsKeys(whole.subList(1, 8).toArray(BackupRef[]::new));
        assertThat(decision.stops()).isEmpty();
    }

    // What forbids it

    @Test
    void the_newest_proven_backup_stays_however_old() {
        var history = History.keeping(new Keep(2, Duration.ZERO, 0, 0, 0, 0, 0));
        var all = history.daily("2026-01-01T02:30:00Z", 200);
        history.drilled(all.get(3), Proof.PROVEN);

        var kept = kept(history.decide("2026-07-19T12:00:00Z"));

        assertThat(kept.get(all.get(3))).isEqualTo("newest proven");
        assertThat(kept).hasSize(3);
    }

    @Test
    void a_hold_a_lease_a_lock_and_youth_each_keep_a_backup() {
        var history = History.keeping(new Keep(1, Duration.ZERO, 0, 0, 0, 0, 0));
        var all = history.daily("2026-11-01T02:30:00Z", 10);
        var now = Instant.parse("2026-11-10T12:00:00Z");
        history.held(all.get(0), "legal", "case 4711");
        history.leased.put(all.get(1), "read by run r until 12:05");
        history.locked(all.get(2), now.plusSeconds(60));
        var young = history.backup("2026-11-10T03:00:00Z");
        history.backup("2026-11-10T04:00:00Z");

        var decision = history.decide(now);

        assertThat(verdict(decision, all.get(0)).why()).isEqualTo("held by legal: case 4711");
        assertThat(verdict(decision, all.get(1)))
                .isEqualTo(new Verdict.Blocked(all.get(1), "read by run r until 12:05"));
        assertThat(verdict(decision, all.get(2)))
                .isEqualTo(
                        new Verdict.Blocked(
                                all.get(2), "locked until 2026-11-10T12:01:00Z (governance)"));
        assertThat(verdict(decision, young))
                .isEqualTo(new Verdict.Blocked(young, "younger than a day"));
        assertThat(decision.order()).containsExactlyElementsOf(all.subList(3, 9));
    }

    @Test
    void a_hold_that_was_released_or_has_ended_keeps_nothing() {
        var history = History.keeping(new Keep(1, Duration.ZERO, 0, 0, 0, 0, 0));
        var all = history.daily("2026-11-01T02:30:00Z", 3);
        history.held(all.get(0), "legal", "case 4711");
        history.holds.compute(
                all.get(0),
                (_, hold) ->
                        java.util.Objects.requireNonNull(hold)
                                .release(
                                        new Hold.Release(
                                                Instant.parse("2026-11-02T00:00:00Z"),
                                                "legal",
                                                "closed")));
        history.holds.put(
                all.get(1),
                new Hold(
                        Hold.FORMAT,
                        all.get(1),
                        "legal",
                        "case 4712",
                        Instant.parse("2026-11-02T12:00:00Z"),
                        Optional.of(Instant.parse("2026-11-03T12:00:00Z")),
                        Optional.empty()));

        assertThat(history.decide("2026-11-04T02:29:00Z").order())
                .containsExactly(all.get(0), all.get(1));
    }

    @Test
    void nothing_goes_while_backups_have_stopped_arriving() {
        var history = History.keeping(new Keep(0, Duration.ofDays(30), 0, 0, 0, 0, 0));
        history.daily("2026-08-01T02:30:00Z", 40);
        assertThat(history.decide("2026-09-10T00:00:00Z").order()).isNotEmpty();

        // The owner is away and every backup fails for sixty days.
        var decision = history.decide("2026-11-08T12:00:00Z");

        assertThat(decision.order()).isEmpty();
        assertThat(decision.stops())
                .extracting(Stop::why)
                .containsExactly("no new backup since 2026-09-09; one is expected every 1d");
    }

    @Test
    void without_a_schedule_the_history_says_how_often_backups_arrive() {
        var history = History.keeping(new Keep(2, Duration.ZERO, 0, 0, 0, 0, 0));
        history.backupEvery = Optional.empty();
        for (var week = 0; week < 10; week++)
            history.backup(Instant.parse("2026-08-01T02:30:00Z").plus(Duration.ofDays(7L * week)));

        assertThat(history.decide("2026-10-15T12:00:00Z").order()).hasSize(8);
        assertThat(history.decide("2026-11-15T12:00:00Z").stops())
                .extracting(Stop::why)
                .containsExactly("no new backup since 2026-10-03; one is expected every 7d");
    }

    @Test
    void nothing_goes_while_proofs_have_stopped_arriving() {
        var history = History.keeping(WEEK);
        history.proofEvery = Optional.of(Duration.ofDays(7));
        var all = history.daily("2026-08-01T02:30:00Z", 100);
        history.drilled(all.get(39), Proof.PROVEN);
        history.drilled(all.get(50), Proof.FAILED);
        history.drilled(all.get(99), Proof.FAILED);

        var decision = history.decide("2026-11-08T12:00:00Z");

        assertThat(decision.order()).isEmpty();
        assertThat(decision.stops())
                .extracting(Stop::why)
                .containsExactly("no proven backup since 2026-09-09; a drill is expected every 7d");

        history.drilled(all.get(99), Proof.PROVEN);
        assertThat(history.decide("2026-11-08T12:00:00Z").order()).isNotEmpty();
    }

    @Test
    void nothing_goes_before_anything_was_proven() {
        var history = History.keeping(WEEK);
        history.proofEvery = Optional.of(Duration.ofDays(7));
        history.daily("2026-08-01T02:30:00Z", 100);

        assertThat(history.decide("2026-11-08T12:00:00Z").stops())
                .extracting(Stop::why)
                .containsExactly("no backup is proven; a drill is expected every 7d");
    }

    @Test
    void where_a_part_is_configured_no_proof_is_waited_for() {
        var history = History.keeping(WEEK);
        history.proofEvery = Optional.of(Duration.ofDays(7));
        history.selection =
                new Selection(List.of(), List.of(), List.of(), List.of(), List.of("audit.raw_*"));
        history.daily("2026-11-01T02:30:00Z", 10);

        assertThat(history.decide("2026-11-10T12:00:00Z").order()).hasSize(3);
    }

    @Test
    void seven_bad_days_evict_no_good_copy_and_seventy_do_not_either() {
        var history = History.keeping(new Keep(7, Duration.ZERO, 0, 0, 0, 0, 0));
        history.daily("2026-08-01T02:30:00Z", 8);
        var tiny = new Measures(900_000, 200_000, 10, 40);
        for (var day = 8; day < 78; day++) {
            var night = Instant.parse("2026-08-01T02:30:00Z").plus(Duration.ofDays(day));
            history.backup(night, tiny, Proof.PROVEN);

            var decision = history.decide(night.plus(Duration.ofHours(1)));

            assertThat(decision.order()).isEmpty();
            assertThat(decision.stops().getFirst().why())
                    .contains(
                            "looks wrong: an archive of 900,000 bytes where 50,000,000 are usual");
        }
    }

    @Test
    void an_odd_backup_among_good_ones_takes_no_place_from_them() {
        var history = History.keeping(new Keep(3, Duration.ZERO, 0, 0, 0, 0, 0));
        var good = history.daily("2026-11-01T02:30:00Z", 6);
        for (var hour = 3; hour < 9; hour++)
            history.backup(
                    Instant.parse("2026-11-06T00:30:00Z").plus(Duration.ofHours(hour)),
                    new Measures(10, 10, 0, 0),
                    Proof.UNTRIED);
        var newest = history.backup("2026-11-07T02:30:00Z");

        var decision = history.decide("2026-11-08T12:00:00Z");

        var kept = kept(decision);
        assertThat(kept).containsKeys(good.get(4), good.get(5), newest);
        assertThat(kept.get(good.get(4))).isEqualTo("last 3 of 3 of the sound ones");

        // Four good ones are gone, and the odd ones do not become the usual by that.
        history.apply(decision);
        assertThat(history.decide("2026-11-08T12:00:00Z").order()).isEmpty();
    }

    @Test
    void a_smaller_database_is_believed_once_somebody_says_so() {
        var history = History.keeping(new Keep(2, Duration.ZERO, 0, 0, 0, 0, 0));
        history.daily("2026-11-01T02:30:00Z", 6);
        var half = new Measures(20_000_000, 4_000_000, 40_000, 40);
        var smaller = history.backup(Instant.parse("2026-11-07T02:30:00Z"), half, Proof.UNTRIED);
        history.backup(Instant.parse("2026-11-08T02:30:00Z"), half, Proof.UNTRIED);
        assertThat(history.decide("2026-11-08T12:00:00Z").stops()).isNotEmpty();

        history.accepted.add(smaller);

        assertThat(history.decide("2026-11-08T12:00:00Z").stops()).isEmpty();
        assertThat(history.decide("2026-11-08T12:00:00Z").order()).hasSize(6);
    }

    @Test
    void one_run_deletes_at_most_its_budget_and_the_oldest_first() {
        var history = History.keeping(WEEK);
        var all = history.daily("2026-08-01T02:30:00Z", 100);
        history.budget = Budget.STANDARD;

        var decision = history.decide("2026-11-08T12:00:00Z");

        assertThat(decision.order()).containsExactlyElementsOf(all.subList(0, 20));
        assertThat(verdict(decision, all.get(20)).why())
                .isEqualTo("the budget of one run is spent, and 73 could go; consent lifts it");
    }

    @Test
    void what_is_not_configured_stays() {
        var history = History.keeping(WEEK);
        var all = history.daily("2026-08-01T02:30:00Z", 100);
        var facts =
                new Facts(
                        history.backups,
                        Map.of(),
                        Map.of(),
                        Map.of(),
                        Map.of(),
                        Set.of(),
                        Map.of(),
                        List.of());

        var decision =
                RetentionRules.decide(
                        facts, Budget.CONSENTED, Instant.parse("2026-11-08T12:00:00Z"));

        assertThat(decision.order()).isEmpty();
        assertThat(verdict(decision, all.getFirst()).why())
                .isEqualTo("server shop is not configured");
    }

    @Test
    void a_profile_without_rules_deletes_nothing() {
        var history = History.keeping(Keep.NOTHING);
        history.daily("2026-08-01T02:30:00Z", 100);

        assertThat(history.decide("2026-11-08T12:00:00Z").order()).isEmpty();
    }

    // Clocks

    @Test
    void a_clock_that_jumped_years_ahead_deletes_nothing() {
        var history = History.keeping(new Keep(0, Duration.ofDays(30), 0, 0, 0, 0, 0));
        history.daily("2026-08-01T02:30:00Z", 40);

        assertThat(history.decide("2031-01-01T00:00:00Z").order()).isEmpty();
    }

    @Test
    void backups_from_the_future_stay_and_do_not_count() {
        var history = History.keeping(new Keep(2, Duration.ZERO, 0, 0, 0, 0, 0));
        var all = history.daily("2026-11-01T02:30:00Z", 6);
        var future = history.backup("2031-01-01T00:00:00Z");

        var decision = history.decide("2026-11-06T12:00:00Z");

        assertThat(verdict(decision, future).why()).contains("is yet to come");
        assertThat(decision.order()).containsExactlyElementsOf(all.subList(0, 4));
    }

    // What belongs together

    @Test
    void a_base_stays_while_anything_that_stays_needs_it() {
        var history = chains();
        var all = history.backups.stream().map(BackupFacts::ref).toList();

        // F0 i1 i2 F3 i4 i5: `last: 1` wants i5, which needs i4 and F3.
        var decision = history.decide("2026-11-06T12:00:00Z");

        assertThat(decision.order()).containsExactly(all.get(2), all.get(1), all.get(0));
        assertThat(verdict(decision, all.get(3)).why())
                .isEqualTo("needed by " + all.get(4).backup());
    }

    @Test
    void a_base_stays_while_a_lease_or_a_lock_keeps_what_needs_it() {
        var history = chains();
        var all = history.backups.stream().map(BackupFacts::ref).toList();
        history.leased.put(all.get(2), "read by a drill");

        var decision = history.decide("2026-11-06T12:00:00Z");

        assertThat(decision.order()).isEmpty();
        assertThat(verdict(decision, all.get(0)))
                .isEqualTo(
                        new Verdict.Blocked(
                                all.get(0),
                                "needed by " + all.get(1).backup() + ", which stays for now"));
    }

    @Test
    void a_budget_that_ends_inside_a_chain_takes_its_end_and_leaves_its_base() {
        var history = chains();
        var all = history.backups.stream().map(BackupFacts::ref).toList();
        history.budget = new Budget(2, 0);

        var decision = history.decide("2026-11-06T12:00:00Z");

        assertThat(decision.order()).containsExactly(all.get(2), all.get(1));
    }

    @Test
    void increments_without_their_base_do_not_count() {
        var history = chains();
        var all = history.backups.stream().map(BackupFacts::ref).toList();
        history.damaged(all.get(3));

        var decision = history.decide("2026-11-06T12:00:00Z");

        // The newest chain is broken, so the one before it is what `last` means.
        assertThat(decision.order()).isEmpty();
        assertThat(kept(decision)).containsOnlyKeys(all.get(0), all.get(1), all.get(2));
        assertThat(verdict(decision, all.get(5)).why())
                .isEqualTo(
                        "cannot be restored: %s, which it needs, is not there whole"
                                .formatted(all.get(4).backup()));
    }

    private static History chains() {
        var history = History.keeping(new Keep(1, Duration.ZERO, 0, 0, 0, 0, 0));
        history.kind = BackupKind.PHYSICAL;
        history.backupEvery = Optional.of(Duration.ofDays(4));
        var day = Instant.parse("2026-11-01T02:30:00Z");
        BackupRef before = history.backup(day);
        for (var i = 1; i < 6; i++) {
            var night = day.plus(Duration.ofDays(i));
            before =
                    i == 3
                            ? history.backup(night)
                            : history.backup(night, USUAL, Proof.UNTRIED, before);
        }
        return history;
    }

    @Test
    void each_database_is_decided_as_if_it_were_alone() {
        var history = History.keeping(WEEK);
        history.database = new DatabaseName("app");
        history.daily("2026-10-01T02:30:00Z", 40);
        var alone = history.decide("2026-11-09T12:00:00Z").order();

        history.database = new DatabaseName("app_test");
        history.daily("2026-05-01T03:30:00Z", 40);
        var together = history.decide("2026-11-09T12:00:00Z");

        assertThat(together.order()).isEqualTo(alone);
        assertThat(together.stops())
                .extracting(stop -> stop.lane() + "")
                .containsExactly("shop/app_test");
    }

    // Holes

    @Test
    void one_damaged_manifest_does_not_stop_retention() {
        var history = History.keeping(WEEK);
        history.daily("2026-10-01T02:30:00Z", 40);
        history.holes.add(hole(Hole.Hides.ITSELF));

        assertThat(history.decide("2026-11-09T12:00:00Z").order()).hasSize(33);
    }

    @ParameterizedTest
    @CsvSource({"ITS_DATABASE", "ITS_SERVER"})
    void what_may_hide_a_proof_or_a_need_does(Hole.Hides hides) {
        var history = History.keeping(WEEK);
        history.daily("2026-10-01T02:30:00Z", 40);
        history.holes.add(hole(hides));

        var decision = history.decide("2026-11-09T12:00:00Z");

        assertThat(decision.order()).isEmpty();
        assertThat(decision.stops().getFirst().why())
                .isEqualTo("the catalogue could not be read completely: shop/orders/x is damaged");
    }

    @Test
    void a_hole_in_one_database_does_not_stop_another() {
        var history = History.keeping(WEEK);
        history.holes.add(hole(Hole.Hides.ITS_DATABASE));
        history.database = new DatabaseName("orders_archive");
        history.daily("2026-10-01T02:30:00Z", 40);

        assertThat(history.decide("2026-11-09T12:00:00Z").order()).hasSize(33);
    }

    private static Hole hole(Hole.Hides hides) {
        return new Hole(
                History.SERVER, new DatabaseName("orders"), "shop/orders/x is damaged", hides);
    }

    private static Map<BackupRef, String> kept(Decision decision) {
        var kept = new java.util.LinkedHashMap<BackupRef, String>();
        for (var one : decision.verdicts())
            if (one.verdict() instanceof Verdict.Keep keep) kept.put(keep.backup(), keep.why());
        return kept;
    }
}
