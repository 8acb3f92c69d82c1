package io.pgvigil.core.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.config.Keep;
import io.pgvigil.core.config.Tiers;
import io.pgvigil.core.wal.TimelineId;
import io.pgvigil.core.wal.WalSegmentSize;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which of the harvested log goes. A base is made every seven days, at segment 70, 140 …: ten segments
/// of log a day.
final class WalRulesTest {
    private static final ServerName SHOP = new ServerName("shop");
    private static final SystemIdentifier SYSTEM = new SystemIdentifier("7301234567890123456");
    private static final int SIZE = 16 << 20;
    private static final Instant FIRST = Instant.parse("2026-09-01T03:00:00Z");
    private static final Instant NOW = Instant.parse("2026-11-22T06:00:00Z");

    private final WalHoldings log = new WalHoldings(SHOP, SYSTEM);
    private final List<WalRules.Base> bases = new ArrayList<>();

    @Test
    void with_a_window_it_stays_from_the_newest_base_that_is_as_old() {
        weeks(12);

        var decided = decide(Duration.ofDays(14));

        // Bases of 3, 10 and 17 November; 14 days before the 22nd is the 8th, which the 3rd leads
        // to.
        assertThat(decided.from()).contains(name(1, 630));
        assertThat(decided.why())
                .isEqualTo(
                        "point in time since 2026-11-03, the base " + bases.get(9).ref().backup());
        assertThat(decided.segments()).isEqualTo(630);
        assertThat(decided.names())
                .hasSize(630)
                .doesNotContain(name(1, 630))
                .contains(name(1, 629));
    }

    @Test
    void without_a_window_it_stays_from_the_oldest_base() {
        weeks(12);
        bases.removeFirst();

        assertThat(decide(Duration.ZERO).from()).contains(name(1, 70));
    }

    @Test
    void a_base_that_failed_its_drill_is_no_ground_for_a_window() {
        weeks(12);
        bases.set(9, unsound(bases.get(9)));

        assertThat(decide(Duration.ofDays(14)).from()).contains(name(1, 560));
    }

    @Test
    void where_no_base_is_old_enough_everything_since_the_oldest_stays() {
        weeks(12);
        bases.subList(0, 11).replaceAll(WalRulesTest::unsound);

        assertThat(decide(Duration.ofDays(14)).changesNothing()).isTrue();
    }

    @Test
    void what_is_restored_now_keeps_its_log() {
        weeks(12);
        var read = bases.get(2);
        bases.set(
                2,
                new WalRules.Base(
                        read.ref(),
                        read.system(),
                        read.finished(),
                        read.begin(),
                        1,
                        SIZE,
                        true,
                        true));

        assertThat(decide(Duration.ofDays(14)).from()).contains(name(1, 140));
    }

    @Test
    void the_log_of_every_timeline_before_it_goes_and_of_none_behind_it() {
        weeks(12);
        // Promoted at segment 600, and again at 700.
        for (var number = 600; number < 720; number++) log.add(name(2, number), SIZE, false);
        for (var number = 700; number < 720; number++) log.add(name(3, number), SIZE, false);

        var names = decide(Duration.ofDays(14)).names();

        assertThat(names).contains(name(2, 600), name(2, 629)).hasSize(660);
        assertThat(names).noneMatch(name -> name.startsWith("00000003"));
    }

    @Test
    void parts_go_when_their_segment_or_more_of_it_is_there() {
        weeks(12);
        log.add(part(1, 800, 0x100), 10, false);
        log.add(part(1, 839, 0x100), 10, false);
        log.add(part(1, 840, 0x100), 10, false);
        log.add(part(1, 840, 0x900), 10, false);
        log.add(part(1, 10, 0x900), 10, false);
        log.add(part(1, 20, 0x900), 10, true);

        var decided = decide(Duration.ofDays(14));

        assertThat(decided.superseded())
                .containsExactly(
                        part(1, 10, 0x900),
                        part(1, 800, 0x100),
                        part(1, 839, 0x100),
                        part(1, 840, 0x100));
    }

    @Test
    void a_part_whose_segment_is_on_another_timeline_stays() {
        weeks(12);
        log.add(part(2, 839, 0x100), 10, false);

        assertThat(decide(Duration.ofDays(14)).superseded()).isEmpty();
    }

    @Test
    void nothing_goes_where_somebody_must_look_first() {
        weeks(12);
        var policy = Optional.of(policy(Duration.ofDays(14)));

        var stopped =
                WalRules.decide(
                        log, bases, policy, Optional.of("no new backup"), Budget.CONSENTED, NOW);
        var unknown =
                WalRules.decide(
                        log, bases, Optional.empty(), Optional.empty(), Budget.CONSENTED, NOW);
        var alone =
                WalRules.decide(log, List.of(), policy, Optional.empty(), Budget.CONSENTED, NOW);

        assertThat(List.of(stopped, unknown, alone)).allMatch(WalRules.Decided::changesNothing);
        assertThat(stopped.why()).isEqualTo("no new backup");
        assertThat(unknown.why()).isEqualTo("server shop is not configured");
        assertThat(alone.why()).startsWith("no base of system identifier 7301234567890123456");
    }

    @Test
    void a_run_deletes_a_fifth_at_most_and_the_oldest_first() {
        weeks(12);

        var decided =
                WalRules.decide(
                        log,
                        bases,
                        Optional.of(policy(Duration.ofDays(14))),
                        Optional.empty(),
                        Budget.STANDARD,
                        NOW);

        assertThat(decided.segments()).isEqualTo(168);
        assertThat(decided.names()).startsWith(name(1, 0)).endsWith(name(1, 167));
        assertThat(decided.why()).contains("630 segments could go; consent lifts it");
    }

    @ParameterizedTest
    @ValueSource(ints = {1 << 20, 16 << 20, 1 << 30})
    void places_of_any_segment_size_are_in_the_order_of_the_log(int size) {
        var segments = new WalSegmentSize(size);
        var perLog = (1L << 32) / size;
        for (var number : List.of(0L, 1L, perLog - 1, perLog + 3)) {
            var segment = new io.pgvigil.core.wal.SegmentName(new TimelineId(1), number, segments);
            assertThat(WalHoldings.name(1, WalHoldings.place(segment.begin(), size)))
                    .isEqualTo(segment.toString());
            assertThat(WalHoldings.place(new Lsn(segment.end().value() - 1), size))
                    .isEqualTo(WalHoldings.place(segment.begin(), size));
        }
    }

    /// Random logs and bases: every base within the window, and a sound one before it, finds all of the
    /// log that follows it, and what was applied leaves nothing to do.
    @Test
    void whatever_is_there_the_window_stays_whole() {
        for (var seed = 0; seed < 300; seed++) {
            var random = new Random(seed);
            var here = new WalHoldings(SHOP, SYSTEM);
            var end = 100 + random.nextInt(900);
            for (var number = random.nextInt(50); number < end; number++)
                if (random.nextInt(200) > 0) here.add(name(1, number), SIZE, false);
            var made = new ArrayList<WalRules.Base>();
            for (var number = random.nextInt(80); number < end; number += 1 + random.nextInt(120)) {
                var base = base(number, FIRST.plus(Duration.ofHours(2L * number)));
                made.add(random.nextInt(5) == 0 ? unsound(base) : base);
            }
            if (made.isEmpty()) continue;
            var now = FIRST.plus(Duration.ofHours(2L * end));
            var window = Duration.ofDays(1 + random.nextInt(30));
            var decided = decide(here, made, window, now);
            var gone = new HashSet<>(decided.names());

            var reached = now.minus(window);
            var ground =
                    made.stream()
                            .filter(base -> base.sound() && !base.finished().isAfter(reached))
                            .reduce((_, later) -> later);
            for (var base : made) {
                if (!base.finished().isAfter(reached)
                        && ground.isPresent()
                        && !base.equals(ground.get())) continue;
                var from = (int) (base.begin().value() / SIZE);
                for (var number = from; number < end; number++)
                    assertThat(gone).as("seed %d", seed).doesNotContain(name(1, number));
            }
            var left = new WalHoldings(SHOP, SYSTEM);
            here.names(Long.MAX_VALUE).stream()
                    .filter(name -> !gone.contains(name))
                    .forEach(name -> left.add(name, SIZE, false));
            assertThat(decide(left, made, window, now).changesNothing()).isTrue();
        }
    }

    private void weeks(int count) {
        for (var number = 0; number < count * 70; number++) log.add(name(1, number), SIZE, false);
        for (var week = 0; week < count; week++)
            bases.add(base(week * 70, FIRST.plus(Duration.ofDays(7L * week))));
    }

    private static WalRules.Base base(int segment, Instant finished) {
        return new WalRules.Base(
                new BackupRef(
                        SHOP,
                        DatabaseName.CLUSTER,
                        BackupId.of(finished, BackupKind.PHYSICAL, "%08x".formatted(segment))),
                SYSTEM,
                finished,
                new Lsn((long) segment * SIZE + 0x28),
                1,
                SIZE,
                true,
                false);
    }

    private static WalRules.Base unsound(WalRules.Base base) {
        return new WalRules.Base(
                base.ref(),
                base.system(),
                base.finished(),
                base.begin(),
                base.timeline(),
                base.segmentBytes(),
                false,
                base.read());
    }

    private WalRules.Decided decide(Duration window) {
        return decide(log, bases, window, NOW);
    }

    private static WalRules.Decided decide(
            WalHoldings log, List<WalRules.Base> bases, Duration window, Instant now) {
        return WalRules.decide(
                log, bases, Optional.of(policy(window)), Optional.empty(), Budget.CONSENTED, now);
    }

    private static Policy policy(Duration window) {
        return new Policy(
                Keep.tiers(0, 12, 0, 0).wal(window),
                ZoneOffset.UTC,
                Optional.of(Duration.ofDays(7)),
                Optional.empty(),
                Selection.EVERYTHING,
                Tiers.STANDARD);
    }

    private static String name(int timeline, long number) {
        return WalHoldings.name(timeline, WalHoldings.place(new Lsn(number * SIZE), SIZE));
    }

    private static String part(int timeline, long number, int length) {
        return "%s.%016X.partial".formatted(name(timeline, number), number * SIZE + length);
    }
}
