package io.pgvigil.core.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.problem.ErrorCode;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RecoveryPlannerTest {
    private static final WalSegmentSize SIZE = WalSegmentSize.DEFAULT;
    private static final TimelineId ONE = TimelineId.FIRST;
    private static final TimelineId TWO = new TimelineId(2);
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

    private static final PhysicalBase MONDAY = base("a", 1, "0/2000028", "0/2000100", NOON, 1000);
    private static final PhysicalBase TUESDAY =
            base("b", 1, "0/5000028", "0/5000100", NOON.plusSeconds(86_400), 2000);

    @Test
    void takes_the_newest_base_that_ended_before_the_time() {
        var plan =
                reachable(
                        plan(
                                stored(2, 8, mark(1, "0/8800000", 90_000)),
                                time(NOON.plusSeconds(86_500))));

        assertThat(plan.base()).isEqualTo(TUESDAY);
        assertThat(names(plan.needed())).containsExactly(5, 6, 7, 8);
        assertThat(plan.settings())
                .containsEntry("recovery_target_time", "2026-11-23 12:01:40.000000+00")
                .containsEntry("recovery_target_timeline", "1");
    }

    @Test
    void a_time_inside_a_base_backups_own_window_takes_the_one_before() {
        // Until it has ended, a copy is no state the server was ever in.
        for (var second : List.of(86_000, 86_399, 86_400)) {
            var plan =
                    reachable(
                            plan(
                                    stored(2, 8, mark(1, "0/8800000", 90_000)),
                                    time(NOON.plusSeconds(second))));

            assertThat(plan.base()).isEqualTo(MONDAY);
        }
    }

    @Test
    void a_time_before_every_base_is_refused_and_says_since_when_it_is_possible() {
        var refused = refused(plan(stored(2, 8), time(NOON.minusSeconds(1))));

        assertThat(refused.code()).isEqualTo(ErrorCode.POINT_NOT_REACHABLE);
        assertThat(refused.what())
                .isEqualTo(
                        "2026-11-22T11:59:59Z is before the end of the oldest backup "
                                + MONDAY.backup()
                                + ", which ended at 2026-11-22T12:00:00Z, position 0/2000100");
    }

    @Test
    void a_time_that_no_stored_log_is_known_to_cover_is_refused() {
        var wal = stored(2, 8, mark(1, "0/8800000", 90_000));

        assertThat(refused(plan(wal, time(NOON.plusSeconds(90_000)))).what())
                .isEqualTo(
                        "2026-11-23T13:00:00Z is behind what is stored: the log reaches 0/9000000, as of"
                                + " 2026-11-23T13:00:00Z");
    }

    @Test
    void a_mark_behind_the_stored_log_vouches_for_nothing() {
        var wal = stored(2, 8, mark(1, "0/9000001", 90_000));

        assertThat(plan(wal, time(NOON.plusSeconds(86_500))))
                .isInstanceOf(RecoveryPlan.Refused.class);
    }

    @Test
    void a_position_inside_a_base_backups_own_window_takes_the_one_before() {
        assertThat(reachable(plan(stored(2, 8), position("0/50000FF"))).base()).isEqualTo(MONDAY);
        assertThat(reachable(plan(stored(2, 8), position("0/5000100"))).base()).isEqualTo(TUESDAY);
        assertThat(refused(plan(stored(2, 8), position("0/20000FF"))).what())
                .startsWith("position 0/20000FF is before the end of the oldest backup");
    }

    @Test
    void a_position_at_the_end_of_the_log_cannot_be_seen_to_be_reached() {
        assertThat(reachable(plan(stored(2, 8), position("0/8FFFFFF"))).settings())
                .containsEntry("recovery_target_lsn", "0/8FFFFFF");
        assertThat(refused(plan(stored(2, 8), position("0/9000000"))).what())
                .isEqualTo(
                        "position 0/9000000 is behind what is stored: the log reaches 0/9000000");
    }

    @Test
    void a_gap_behind_the_newest_base_is_named() {
        var wal = without(stored(2, 8, mark(1, "0/8800000", 90_000)), 6, 7);

        assertThat(refused(plan(wal, position("0/8000000"))).what())
                .isEqualTo(
                        "position 0/8000000 is behind what is stored: the log reaches 0/6000000, and"
                                + " 000000010000000000000006 to 000000010000000000000007 is missing"
                                + " behind it");
        var latest = reachable(plan(wal, new RecoveryTarget.Latest()));
        assertThat(latest.reach()).hasToString("0/6000000");
        assertThat(latest.reasons())
                .contains(
                        "the log breaks off at 0/6000000: 000000010000000000000006 to"
                                + " 000000010000000000000007 is missing, and what comes behind cannot be"
                                + " reached");
    }

    @Test
    void a_gap_before_the_newest_base_ends_the_older_ones_window_only() {
        var wal = without(stored(2, 8, mark(1, "0/8800000", 90_000)), 4);

        assertThat(reachable(plan(wal, new RecoveryTarget.Latest())).base()).isEqualTo(TUESDAY);
        assertThat(RecoveryWindow.of(MONDAY, wal))
                .singleElement()
                .satisfies(window -> {
                    assertThat(window.to()).hasToString("0/4000000");
                    assertThat(window.toTime()).isEmpty();
                    assertThat(window.gaps())
                            .extracting(Gap::toString)
                            .containsExactly("000000010000000000000004");
                });
        assertThat(RecoveryWindow.of(TUESDAY, wal).getFirst().gaps()).isEmpty();
        assertThat(RecoveryWindow.of(TUESDAY, wal).getFirst().toTime())
                .contains(NOON.plusSeconds(90_000));
    }

    @Test
    void a_base_whose_own_log_is_missing_is_no_base() {
        var wal = without(stored(2, 8), 5);

        assertThat(reachable(plan(wal, new RecoveryTarget.Immediate())).base()).isEqualTo(MONDAY);
        assertThat(RecoveryWindow.of(TUESDAY, wal).getFirst().open()).isFalse();
    }

    @Test
    void the_part_of_the_last_segment_is_used() {
        var wal =
                new StoredWal(
                        SIZE,
                        List.of(segment(1, 2), segment(1, 3)),
                        List.of(
                                new PartialSegment(segment(1, 4), Lsn.parse("0/4000800")),
                                new PartialSegment(segment(1, 4), Lsn.parse("0/4001000"))),
                        List.of(),
                        List.of());

        var plan =
                reachable(
                        new RecoveryPlanner(List.of(MONDAY), wal)
                                .plan(
                                        new RecoveryTarget.Latest(),
                                        Optional.empty(),
                                        Optional.empty()));

        assertThat(plan.reach()).hasToString("0/4001000");
        assertThat(names(plan.needed())).containsExactly(2, 3, 4);
    }

    @Test
    void follows_the_newest_timeline_and_reads_its_copy_of_the_segment() {
        var plan = reachable(plan(promoted(), new RecoveryTarget.Latest()));

        assertThat(plan.path().timeline()).isEqualTo(TWO);
        assertThat(plan.needed())
                .extracting(SegmentName::toString)
                .containsExactly(
                        "000000010000000000000005",
                        "000000020000000000000006",
                        "000000020000000000000007");
        assertThat(plan.settings()).containsEntry("recovery_target_timeline", "2");
    }

    @Test
    void the_branch_that_was_left_is_taken_only_when_chosen() {
        var wal = promoted();
        var target = time(NOON.plusSeconds(86_500));

        var followed = reachable(plan(wal, target));
        var chosen =
                reachable(
                        new RecoveryPlanner(List.of(MONDAY, TUESDAY), wal)
                                .plan(target, Optional.of(ONE), Optional.empty()));

        assertThat(followed.path().timeline()).isEqualTo(TWO);
        assertThat(followed.reasons())
                .contains(
                        "timeline 1 was also written to at that time and is not replayed; choose it with"
                                + " --timeline 1");
        assertThat(chosen.path().timeline()).isEqualTo(ONE);
        assertThat(chosen.needed())
                .extracting(SegmentName::toString)
                .containsExactly(
                        "000000010000000000000005",
                        "000000010000000000000006",
                        "000000010000000000000007");
    }

    @Test
    void a_base_made_behind_the_promotion_on_the_old_branch_does_not_lead_to_the_new_one() {
        var late = base("c", 1, "0/7000028", "0/7000100", NOON.plusSeconds(86_450), 3000);
        var planner = new RecoveryPlanner(List.of(MONDAY, TUESDAY, late), promoted());

        var plan =
                reachable(
                        planner.plan(
                                new RecoveryTarget.Latest(), Optional.empty(), Optional.empty()));

        assertThat(plan.base()).isEqualTo(TUESDAY);
        assertThat(
                        refused(
                                        planner.plan(
                                                new RecoveryTarget.Latest(),
                                                Optional.of(TWO),
                                                Optional.of(late.backup())))
                                .what())
                .isEqualTo(
                        "backup "
                                + late.backup()
                                + " is not on the way to timeline 2, or its own WAL is missing");
    }

    @Test
    void a_timeline_without_its_history_is_refused() {
        var wal =
                new StoredWal(
                        SIZE,
                        List.of(segment(1, 2), segment(2, 3)),
                        List.of(),
                        List.of(),
                        List.of());

        assertThat(
                        refused(
                                        new RecoveryPlanner(List.of(MONDAY), wal)
                                                .plan(
                                                        new RecoveryTarget.Latest(),
                                                        Optional.empty(),
                                                        Optional.empty()))
                                .what())
                .isEqualTo(
                        "the history of timeline 2 is not stored, so nobody can say where it came from");
    }

    @Test
    void a_transaction_that_may_be_inside_a_copy_takes_the_base_before() {
        var wal = stored(2, 8);

        assertThat(reachable(plan(wal, new RecoveryTarget.Transaction(2000))).base())
                .isEqualTo(TUESDAY);
        assertThat(reachable(plan(wal, new RecoveryTarget.Transaction(1999))).base())
                .isEqualTo(MONDAY);
        assertThat(plan(wal, new RecoveryTarget.Transaction(999)))
                .isInstanceOf(RecoveryPlan.Refused.class);
    }

    @Test
    void a_restore_point_says_what_it_cannot_know() {
        var plan = reachable(plan(stored(2, 8), new RecoveryTarget.RestorePoint("before 4711")));

        assertThat(plan.settings()).containsEntry("recovery_target_name", "before 4711");
        assertThat(plan.reasons()).anyMatch(reason -> reason.contains("name an older backup"));
    }

    @Test
    void without_a_physical_backup_there_is_nothing_to_recover() {
        var plan =
                new RecoveryPlanner(List.of(), stored(2, 8))
                        .plan(new RecoveryTarget.Latest(), Optional.empty(), Optional.empty());

        assertThat(refused(plan).code()).isEqualTo(ErrorCode.BACKUP_NOT_FOUND);
    }

    @Test
    void a_stray_name_at_the_end_of_the_address_space_costs_no_time() {
        var wal =
                new StoredWal(
                        SIZE,
                        List.of(segment(1, 2), SegmentName.parse("00000001FFFFFFFE000000FF", SIZE)),
                        List.of(),
                        List.of(),
                        List.of());

        assertThat(RecoveryWindow.of(MONDAY, wal).getFirst().gaps())
                .extracting(Gap::segments)
                .containsExactly(0xFFFF_FFFEL * 256 + 0xFF - 3);
    }

    /// Random histories: what is planned is replayed as PostgreSQL would, and must give exactly what
    /// had been committed; what is refused must be out of reach from every base.
    @Test
    void whatever_is_planned_gives_what_was_committed() {
        var reached = 0;
        var refusals = 0;
        for (var seed = 0; seed < 3000; seed++) {
            var world = new World(seed);
            if (world.bases.isEmpty()) continue;
            var random = new Random(seed * 31L);
            for (var i = 0; i < 8; i++) {
                var timeline =
                        random.nextBoolean()
                                ? Optional.<TimelineId>empty()
                                : Optional.of(
                                        new TimelineId(1 + random.nextInt(world.branches.size())));
                var target = randomTarget(world, random);
                var wal = world.stored();
                var plan =
                        new RecoveryPlanner(world.bases, wal)
                                .plan(target, timeline, Optional.empty());
                var situation =
                        "seed " + seed + ", " + target + ", timeline " + timeline + ": " + plan;
                switch (plan) {
                    case RecoveryPlan.Reachable reachable -> {
                        judge(world, target, reachable, situation);
                        reached++;
                    }
                    case RecoveryPlan.Refused _ -> {
                        judgeRefusal(world, wal, target, timeline, situation);
                        refusals++;
                    }
                }
            }
        }
        // A test that never meets one of the two outcomes proves nothing.
        assertThat(reached).isGreaterThan(2000);
        assertThat(refusals).isGreaterThan(2000);
    }

    private static RecoveryTarget randomTarget(World world, Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> new RecoveryTarget.Latest();
            case 1 -> new RecoveryTarget.Immediate();
            case 2 -> new RecoveryTarget.Time(world.someTime());
            case 3 -> {
                var branch =
                        world.branch(new TimelineId(1 + random.nextInt(world.branches.size())));
                yield new RecoveryTarget.Position(
                        new Lsn(random.nextLong(0x1000028, branch.end.value() + (1 << 20))));
            }
            default -> new RecoveryTarget.Transaction(995 + random.nextInt(80));
        };
    }

    private static void judge(
            World world, RecoveryTarget target, RecoveryPlan.Reachable plan, String situation) {
        var files = new HashSet<>(plan.needed());
        files.addAll(plan.ahead());
        var replay = world.replay(plan.base(), plan.path(), files, target);
        var truth =
                world.truth(plan.path()).stream()
                        .filter(commit -> commit.end().isAfter(plan.base().end()))
                        .toList();
        assertThat(replay.end().isBefore(plan.base().end())).as(situation).isFalse();
        switch (target) {
            case RecoveryTarget.Latest _ ->
                    assertThat(replay.replayed())
                            .as(situation)
                            .isEqualTo(
                                    truth.stream()
                                            .filter(one -> !one.end().isAfter(plan.reach()))
                                            .toList());
            case RecoveryTarget.Immediate _ ->
                    assertThat(plan.reach().isBefore(plan.base().end())).as(situation).isFalse();
            case RecoveryTarget.Time(var time) ->
                    assertThat(replay.replayed())
                            .as(situation)
                            .isEqualTo(
                                    truth.stream()
                                            .takeWhile(one -> !one.at().isAfter(time))
                                            .toList());
            case RecoveryTarget.Position(var lsn) -> {
                var expected = truth.stream().filter(one -> one.begin().isBefore(lsn)).toList();
                // The record at the target, and nothing behind it.
                assertThat(replay.replayed()).as(situation).containsAll(expected);
                assertThat(replay.replayed().size() - expected.size())
                        .as(situation)
                        .isBetween(0, 1);
            }
            case RecoveryTarget.Transaction(var id) -> {
                // Either it is found, or it never committed on this way and recovery says so.
                var found = replay.stopper() != null && replay.stopper().id() == id;
                var there =
                        truth.stream()
                                .anyMatch(
                                        one -> one.id() == id && !one.end().isAfter(plan.reach()));
                assertThat(found).as(situation).isEqualTo(there);
            }
            case RecoveryTarget.RestorePoint _ -> throw new AssertionError(situation);
        }
        // Nothing is promised that is not stored.
        for (var name : files)
            assertThat(world.segments.contains(name) || world.stored().partial(name).isPresent())
                    .as(situation)
                    .isTrue();
    }

    private static void judgeRefusal(
            World world,
            StoredWal wal,
            RecoveryTarget target,
            Optional<TimelineId> timeline,
            String situation) {
        var goal = timeline.orElse(new TimelineId(world.branches.size()));
        // Timelines nobody stored anything of, and nobody chose, are not the newest known.
        if (timeline.isEmpty() && !wal.timelines().contains(goal)) return;
        var path = world.branch(goal).history;
        for (var base : world.bases) {
            if (!path.includes(base.timeline(), base.end())) continue;
            var reach = wal.reach(path, base.begin());
            if (reach.isBefore(base.end())) continue;
            var possible =
                    switch (target) {
                        case RecoveryTarget.Latest _, RecoveryTarget.Immediate _ -> true;
                        case RecoveryTarget.Position(var lsn) ->
                                !lsn.isBefore(base.end()) && lsn.isBefore(reach);
                        case RecoveryTarget.Time(var time) ->
                                base.ended().isBefore(time)
                                        && world.marks.stream()
                                                .anyMatch(mark ->
                                                        mark.at().isAfter(time)
                                                                && path.includes(
                                                                        mark.timeline(), mark.end())
                                                                && !mark.end().isAfter(reach));
                        case RecoveryTarget.Transaction(var id) ->
                                world.truth(path).stream()
                                        .anyMatch(one ->
                                                one.id() == id
                                                        && one.end().isAfter(base.end())
                                                        && !one.end().isAfter(reach)
                                                        && id
                                                                >= base.nextTransaction()
                                                                        .orElseThrow());
                        case RecoveryTarget.RestorePoint _ -> throw new AssertionError(situation);
                    };
            assertThat(possible).as(situation + " although " + base).isFalse();
        }
    }

    @Test
    void gaps_and_reach_agree_with_counting() {
        for (var seed = 0; seed < 1000; seed++) {
            var world = new World(seed);
            var wal = world.stored();
            for (var base : world.bases)
                for (var branch : world.branches.values()) {
                    var path = branch.history;
                    var number = World.SIZE.segmentOf(base.begin());
                    var last = World.SIZE.segmentOf(branch.end);
                    var highest = -1L;
                    for (var n = number; n <= last + 3; n++)
                        if (wal.has(path.segment(n, World.SIZE))) highest = n;
                        else if (wal.partial(path.segment(n, World.SIZE)).isPresent())
                            highest = Math.max(highest, n - 1);
                    var missing = new HashSet<SegmentName>();
                    for (var n = number; n <= highest; n++)
                        if (!wal.has(path.segment(n, World.SIZE)))
                            missing.add(path.segment(n, World.SIZE));

                    var found = new HashSet<SegmentName>();
                    for (var gap : wal.gaps(path, base.begin()))
                        for (var one = gap.first();
                                one.number() <= gap.last().number();
                                one = one.next()) found.add(one);

                    assertThat(found).as("seed " + seed).isEqualTo(missing);
                }
        }
    }

    private static RecoveryPlan plan(StoredWal wal, RecoveryTarget target) {
        return new RecoveryPlanner(List.of(TUESDAY, MONDAY), wal)
                .plan(target, Optional.empty(), Optional.empty());
    }

    private static RecoveryPlan.Reachable reachable(RecoveryPlan plan) {
        assertThat(plan).isInstanceOf(RecoveryPlan.Reachable.class);
        return (RecoveryPlan.Reachable) plan;
    }

    private static RecoveryPlan.Refused refused(RecoveryPlan plan) {
        assertThat(plan).isInstanceOf(RecoveryPlan.Refused.class);
        return (RecoveryPlan.Refused) plan;
    }

    private static List<Integer> names(List<SegmentName> segments) {
        return segments.stream().map(one -> (int) one.number()).toList();
    }

    private static RecoveryTarget.Time time(Instant at) {
        return new RecoveryTarget.Time(at);
    }

    private static RecoveryTarget.Position position(String lsn) {
        return new RecoveryTarget.Position(Lsn.parse(lsn));
    }

    private static Mark mark(int timeline, String lsn, int secondsAfterNoon) {
        return new Mark(
                new TimelineId(timeline), Lsn.parse(lsn), NOON.plusSeconds(secondsAfterNoon));
    }

    private static SegmentName segment(int timeline, long number) {
        return new SegmentName(new TimelineId(timeline), number, SIZE);
    }

    private static StoredWal stored(int first, int last, Mark... marks) {
        return new StoredWal(
                SIZE,
                java.util.stream.LongStream.rangeClosed(first, last)
                        .mapToObj(number -> segment(1, number))
                        .toList(),
                List.of(),
                List.of(),
                List.of(marks));
    }

    private static StoredWal without(StoredWal wal, long... numbers) {
        return new StoredWal(
                SIZE,
                java.util.stream.LongStream.rangeClosed(0, 20)
                        .filter(number -> Arrays.stream(numbers).noneMatch(one -> one == number))
                        .mapToObj(number -> segment(1, number))
                        .filter(wal::has)
                        .toList(),
                List.of(),
                List.of(),
                wal.marks());
    }

    /// Timeline 2 left 1 inside segment 6; the old primary went on into segment 7.
    private static StoredWal promoted() {
        return new StoredWal(
                SIZE,
                List.of(
                        segment(1, 2),
                        segment(1, 3),
                        segment(1, 4),
                        segment(1, 5),
                        segment(1, 6),
                        segment(1, 7),
                        segment(2, 6),
                        segment(2, 7)),
                List.of(),
                List.of(
                        new TimelineHistory(
                                TWO,
                                List.of(new TimelineHistory.Left(ONE, Lsn.parse("0/6800000"))))),
                List.of(mark(1, "0/7800000", 87_000), mark(2, "0/7400000", 87_000)));
    }

    private static PhysicalBase base(
            String tail, int timeline, String begin, String end, Instant ended, long next) {
        return new PhysicalBase(
                new BackupId("20261122T000000Z-p-00000" + tail),
                new TimelineId(timeline),
                Lsn.parse(begin),
                Lsn.parse(end),
                ended,
                OptionalLong.of(next));
    }
}
