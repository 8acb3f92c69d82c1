package io.pgvigil.core.retention;

import static io.pgvigil.core.retention.History.verdict;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.config.Keep;
import io.pgvigil.core.config.Lock;
import io.pgvigil.core.store.LockMode;
import io.pgvigil.core.store.ObjectLock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LockRulesTest {
    private static final Keep KEEP = Keep.tiers(7, 0, 12, 0);
    private static final Instant NOW = Instant.parse("2026-11-08T12:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "7, 4, 12, 7, 0, 7",
        "0, 4, 12, 0, 0, 28",
        // Nobody should pay a year for what turns out to be no month's first.
        "0, 0, 12, 0, 0, 30",
        "30, 0, 0, 0, 2, 2",
        "0, 0, 0, 0, 0, 30"
    })
    void at_seal_it_is_locked_for_the_shortest_time_that_a_rule_names(
            int daily, int weekly, int monthly, int yearly, int within, int days) {
        var keep = new Keep(3, Duration.ofDays(within), daily, weekly, monthly, yearly, 0);

        assertThat(LockRules.first(keep)).isEqualTo(Duration.ofDays(days));
    }

    @Test
    void what_stands_for_a_tier_is_locked_until_the_rule_of_that_tier_lets_go() {
        var history = locking(KEEP);
        var days = history.daily("2026-10-20T02:30:00Z", 20);

        var locks = locks(history, NOW);

        // The first of November and of October; the last seven days, but for the one of today.
        assertThat(locks.get(days.get(12))).isEqualTo("2027-11-01T02:30:00Z");
        assertThat(locks.get(days.get(0))).isEqualTo("2027-10-20T02:30:00Z");
        assertThat(locks.get(days.get(18))).isEqualTo("2026-11-14T02:30:00Z");
        assertThat(locks).hasSize(8).doesNotContainKey(days.get(19));
    }

    @Test
    void what_is_locked_long_enough_is_left_alone_and_what_is_promoted_is_locked_for_longer() {
        var history = locking(KEEP);
        var first = history.backup(NOW.minus(Duration.ofDays(3)));
        var second = history.backup(NOW.minus(Duration.ofDays(2)));
        history.backup(NOW.minus(Duration.ofHours(2)));
        carryOut(history, NOW);
        assertThat(locks(history, NOW)).isEmpty();

        // Its drill fails, and the next proven one takes the month over.
        history.drilled(first, Proof.FAILED);
        history.drilled(second, Proof.PROVEN);

        assertThat(locks(history, NOW)).isEqualTo(Map.of(second, "2027-11-06T12:00:00Z"));
    }

    @Test
    void a_lock_that_is_stricter_is_asked_for_again() {
        var history = locking(Keep.tiers(7, 0, 0, 0));
        var ref = history.backup(NOW.minus(Duration.ofDays(2)));
        carryOut(history, NOW);

        history.lock = Lock.COMPLIANCE;

        assertThat(history.decide(NOW).locks())
                .containsExactly(
                        new LockUntil(
                                ref, LockMode.COMPLIANCE, Instant.parse("2026-11-13T12:00:00Z")));
    }

    @Test
    void in_an_outage_the_newest_is_locked_week_by_week_before_its_lock_ends() {
        var history = locking(Keep.tiers(7, 0, 0, 0));
        var newest = history.backup(NOW);
        var at = NOW.plus(Duration.ofDays(1));
        carryOut(history, at);
        assertThat(history.lockedUntil(newest)).isEqualTo(NOW.plus(Duration.ofDays(7)));

        for (var day = 2; day < 60; day++) {
            at = NOW.plus(Duration.ofDays(day));
            carryOut(history, at);
            assertThat(history.lockedUntil(newest))
                    .as("day %d", day)
                    .isAfter(at.plus(Duration.ofDays(1)));
        }
        assertThat(history.lockedUntil(newest)).isBeforeOrEqualTo(at.plus(LockRules.RENEWAL));
    }

    @Test
    void what_goes_in_the_usual_course_is_not_locked_beyond_it() {
        var history = locking(Keep.tiers(7, 0, 0, 0));
        for (var day = 0; day < 40; day++) {
            history.backup(NOW.plus(Duration.ofDays(day)));
            carryOut(history, NOW.plus(Duration.ofDays(day)).plus(Duration.ofHours(10)));
        }

        var decision = history.decide(NOW.plus(Duration.ofDays(39)).plus(Duration.ofHours(12)));

        assertThat(decision.verdicts()).hasSize(7);
    }

    @Test
    void a_base_is_locked_for_as_long_as_what_leans_on_it() {
        var history = locking(new Keep(1, Duration.ZERO, 0, 0, 2, 0, 0));
        history.kind = BackupKind.PHYSICAL;
        var base = history.backup(Instant.parse("2026-10-30T02:30:00Z"));
        var increment =
                history.backup(
                        Instant.parse("2026-11-01T02:30:00Z"), History.USUAL, Proof.UNTRIED, base);

        assertThat(locks(history, NOW))
                .isEqualTo(
                        Map.of(
                                base, "2027-01-01T02:30:00Z",
                                increment, "2027-01-01T02:30:00Z"));
    }

    @Test
    void what_is_locked_or_held_by_law_is_blocked_with_the_reason() {
        var history = History.keeping(Keep.tiers(2, 0, 0, 0));
        var days = history.daily("2026-11-01T02:30:00Z", 8);
        history.locks.put(
                days.get(0),
                ObjectLock.until(LockMode.COMPLIANCE, Instant.parse("2026-12-01T00:00:00Z")));
        history.locks.put(days.get(1), new ObjectLock(Optional.empty(), true));
        history.locks.put(days.get(2), ObjectLock.until(LockMode.GOVERNANCE, NOW.minusSeconds(1)));

        var decision = history.decide(NOW);

        assertThat(verdict(decision, days.get(0)))
                .isEqualTo(
                        new Verdict.Blocked(
                                days.get(0), "locked until 2026-12-01T00:00:00Z (compliance)"));
        assertThat(verdict(decision, days.get(1)))
                .isEqualTo(new Verdict.Blocked(days.get(1), "under legal hold"));
        assertThat(decision.order()).contains(days.get(2));
        assertThat(decision.locks()).isEmpty();
    }

    private static History locking(Keep keep) {
        var history = History.keeping(keep);
        history.lock = Lock.GOVERNANCE;
        return history;
    }

    private static Map<BackupRef, String> locks(History history, Instant now) {
        return history.decide(now).locks().stream()
                .collect(Collectors.toMap(LockUntil::backup, lock -> lock.until() + ""));
    }

    /// What a run does.
    private static void carryOut(History history, Instant now) {
        var decision = history.decide(now);
        var gone = Set.copyOf(decision.order());
        decision.locks()
                .forEach(lock ->
                        history.locks.merge(
                                lock.backup(),
                                ObjectLock.until(lock.mode(), lock.until()),
                                (known, _) -> known.lengthened(lock.mode(), lock.until())));
        for (var ref : gone)
            assertThat(
                            Optional.ofNullable(history.locks.get(ref))
                                    .flatMap(lock -> lock.obstacle(now)))
                    .isEmpty();
        history.apply(decision);
    }
}
