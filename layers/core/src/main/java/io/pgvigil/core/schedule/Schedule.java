package io.pgvigil.core.schedule;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/// When something falls due.
///
/// `every` and `hourly` count elapsed time and do not care about clocks being changed. All others
/// mean a time on a wall clock in a zone, and then:
///
/// - **a local time that is skipped** when clocks go forward falls due at the first instant after
///   the gap: `daily 02:30 Europe/Paris` at 03:00 on that day;
/// - **a local time that is repeated** when clocks go back falls due once, the first time;
/// - **nothing falls due twice:** two local times that meet in one instant are one.
///
/// `toString` is the form that settings use and [#parse(String)] reads back; [#words()] is for
/// people.
public sealed interface Schedule {

    /// When `daily`, `weekly` and `monthly` say no time.
    LocalTime DEFAULT_TIME = LocalTime.of(2, 30);

    /// When a schedule says no zone.
    ZoneId DEFAULT_ZONE = ZoneId.of("UTC");

    /// When `weekly` says no day.
    DayOfWeek DEFAULT_DAY = DayOfWeek.SUNDAY;

    /// The timetable is looked at every five minutes, so nothing can fall due more often.
    Duration SHORTEST_PERIOD = Duration.ofMinutes(5);

    Duration LONGEST_PERIOD = Duration.ofDays(366);

    /// Every month has this day; later ones would skip February.
    int LAST_DAY_OF_EVERY_MONTH = 28;

    /// The longest stretch [#due(Instant, Instant)] looks at: a year and a month.
    Duration LONGEST_SPAN = Duration.ofDays(400);

    /// The first instant after this one; empty when there is none, which only `cron` can manage.
    Optional<Instant> next(Instant afterExclusive);

    /// How far apart two runs are, daylight saving left aside; empty when it never falls due twice.
    Optional<Rhythm> rhythm();

    /// The schedule as a sentence's part: `every day at 04:30 Europe/Paris`.
    String words();

    /// Every instant in `(after, until]`, in order, each once.
    default List<Instant> due(Instant afterExclusive, Instant untilInclusive) {
        if (afterExclusive.plus(LONGEST_SPAN).isBefore(untilInclusive))
            throw new IllegalArgumentException(
                    "from %s to %s is longer than %s"
                            .formatted(afterExclusive, untilInclusive, Spans.print(LONGEST_SPAN)));
        var found = new ArrayList<Instant>();
        var next = next(afterExclusive);
        while (next.isPresent() && !next.get().isAfter(untilInclusive)) {
            found.add(next.get());
            next = next(next.get());
        }
        return List.copyOf(found);
    }

    /// What to do about the time since the last look: run the newest instant that fell due within
    /// the window, and know about the others.
    ///
    /// Six missed hours of an hourly schedule are one run, not six: a backup taken now is no older
    /// for having been due earlier. An instant older than the window is not run at all.
    default CatchUp catchUp(Instant lastLook, Instant now, Duration window) {
        var oldest = now.minus(LONGEST_SPAN);
        var since = lastLook.isBefore(oldest) ? oldest : lastLook;
        var due = due(since, now);
        if (due.isEmpty()) return new CatchUp(Optional.empty(), List.of());
        var newest = due.getLast();
        return newest.isBefore(now.minus(window))
                ? new CatchUp(Optional.empty(), due)
                : new CatchUp(Optional.of(newest), due.subList(0, due.size() - 1));
    }

    /// The newest instant that is not after this one; empty when there was none in
    /// [#LONGEST_SPAN].
    default Optional<Instant> latest(Instant untilInclusive) {
        // Short looks first: a schedule of every five minutes should not list a year.
        for (var look = Duration.ofHours(1); ; look = look.multipliedBy(5)) {
            var reach = look.compareTo(LONGEST_SPAN) < 0 ? look : LONGEST_SPAN;
            var due = due(untilInclusive.minus(reach), untilInclusive);
            if (!due.isEmpty()) return Optional.of(due.getLast());
            if (reach.equals(LONGEST_SPAN)) return Optional.empty();
        }
    }

    /// Reads every form except `cron`, which needs a parser that this layer does not have.
    ///
    /// `hourly [:MM]` · `daily [HH:MM] [zone]` · `weekly [day] [HH:MM] [zone]` ·
    /// `monthly [1-28] [HH:MM] [zone]` · `every <duration>`
    static Schedule parse(String text) {
        return new ScheduleText(text).parse();
    }

    /// How far apart two runs are at least and at most.
    record Rhythm(Duration shortest, Duration longest) {
        static Optional<Rhythm> of(Duration always) {
            return Optional.of(new Rhythm(always, always));
        }
    }

    /// What fell due since the last look: at most one instant to run, and those that are not run.
    record CatchUp(Optional<Instant> run, List<Instant> missed) {
        public CatchUp {
            missed = List.copyOf(missed);
        }
    }

    /// A fixed period, counted from 1970-01-01T00:00Z so that every host agrees.
    record Every(Duration period) implements Schedule {
        public Every {
            if (period.compareTo(SHORTEST_PERIOD) < 0 || period.compareTo(LONGEST_PERIOD) > 0)
                throw new IllegalArgumentException(
                        "every %s is outside %s to %s"
                                .formatted(
                                        Spans.print(period),
                                        Spans.print(SHORTEST_PERIOD),
                                        Spans.print(LONGEST_PERIOD)));
            if (period.toSeconds() % 60 != 0)
                throw new IllegalArgumentException(
                        "every " + Spans.print(period) + " is not whole minutes");
        }

        @Override
        public Optional<Instant> next(Instant after) {
            return Optional.of(nextMultiple(after, period, 0));
        }

        @Override
        public Optional<Rhythm> rhythm() {
            return Rhythm.of(period);
        }

        @Override
        public String words() {
            return "every " + Spans.print(period);
        }

        @Override
        public String toString() {
            return "every " + Spans.print(period);
        }

        private static Instant nextMultiple(Instant after, Duration period, long offset) {
            var seconds = period.toSeconds();
            var passed = Math.floorDiv(after.getEpochSecond() - offset, seconds);
            return Instant.ofEpochSecond((passed + 1) * seconds + offset);
        }
    }

    /// Once an hour of elapsed time, at this minute of the hour in UTC.
    record Hourly(int minute) implements Schedule {
        public Hourly {
            if (minute < 0 || minute > 59)
                throw new IllegalArgumentException("a minute is 0 to 59, was " + minute);
        }

        @Override
        public Optional<Instant> next(Instant after) {
            return Optional.of(Every.nextMultiple(after, Duration.ofHours(1), minute * 60L));
        }

        @Override
        public Optional<Rhythm> rhythm() {
            return Rhythm.of(Duration.ofHours(1));
        }

        @Override
        public String words() {
            return minute == 0 ? "every full hour" : "every hour at minute " + minute;
        }

        @Override
        public String toString() {
            return minute == 0 ? "hourly" : "hourly :%02d".formatted(minute);
        }
    }

    /// Every day at a local time.
    record Daily(LocalTime time, ZoneId zone) implements Schedule {
        public Daily {
            requireWholeMinutes(time);
        }

        @Override
        public Optional<Instant> next(Instant after) {
            return WallClock.next(this::nextLocal, zone, after);
        }

        private Optional<LocalDateTime> nextLocal(LocalDateTime after) {
            var today = after.toLocalDate().atTime(time);
            return Optional.of(today.isAfter(after) ? today : today.plusDays(1));
        }

        @Override
        public Optional<Rhythm> rhythm() {
            return Rhythm.of(Duration.ofDays(1));
        }

        @Override
        public String words() {
            return "every day at " + time + " " + zone;
        }

        @Override
        public String toString() {
            return "daily " + time + " " + zone;
        }
    }

    /// Every week on one day at a local time.
    record Weekly(DayOfWeek day, LocalTime time, ZoneId zone) implements Schedule {
        public Weekly {
            requireWholeMinutes(time);
        }

        @Override
        public Optional<Instant> next(Instant after) {
            return WallClock.next(this::nextLocal, zone, after);
        }

        private Optional<LocalDateTime> nextLocal(LocalDateTime after) {
            var thisWeek = after.toLocalDate().with(TemporalAdjusters.nextOrSame(day)).atTime(time);
            return Optional.of(thisWeek.isAfter(after) ? thisWeek : thisWeek.plusWeeks(1));
        }

        @Override
        public Optional<Rhythm> rhythm() {
            return Rhythm.of(Duration.ofDays(7));
        }

        @Override
        public String words() {
            var name = day.name().charAt(0) + day.name().substring(1).toLowerCase(Locale.ROOT);
            return "every " + name + " at " + time + " " + zone;
        }

        @Override
        public String toString() {
            var name = day.name().substring(0, 3).toLowerCase(Locale.ROOT);
            return "weekly " + name + " " + time + " " + zone;
        }
    }

    /// Every month on one day, 1 to 28, at a local time.
    record Monthly(int day, LocalTime time, ZoneId zone) implements Schedule {
        public Monthly {
            requireWholeMinutes(time);
            if (day < 1 || day > LAST_DAY_OF_EVERY_MONTH)
                throw new IllegalArgumentException(
                        "a day of the month is 1 to 28, which every month has, was " + day);
        }

        @Override
        public Optional<Instant> next(Instant after) {
            return WallClock.next(this::nextLocal, zone, after);
        }

        private Optional<LocalDateTime> nextLocal(LocalDateTime after) {
            var thisMonth = after.toLocalDate().withDayOfMonth(day).atTime(time);
            return Optional.of(thisMonth.isAfter(after) ? thisMonth : thisMonth.plusMonths(1));
        }

        @Override
        public Optional<Rhythm> rhythm() {
            return Optional.of(new Rhythm(Duration.ofDays(28), Duration.ofDays(31)));
        }

        @Override
        public String words() {
            return "on day " + day + " of every month at " + time + " " + zone;
        }

        @Override
        public String toString() {
            return "monthly " + day + " " + time + " " + zone;
        }
    }

    /// A five-field cron expression. What it means on a wall clock is given from outside; zones and
    /// daylight saving follow the rules of this page and not those of any cron.
    ///
    /// Equal when expression and zone are: the local times follow from the expression.
    record Cron(String expression, ZoneId zone, LocalTimes times) implements Schedule {
        /// From here the rhythm is measured: the noon of a Friday in a common year, so that the gap of a
        /// weekend comes early even for a rule of every minute in office hours.
        private static final LocalDateTime MEASURED_FROM = LocalDateTime.of(2025, 1, 3, 12, 0);

        /// A rule that has had its gaps by then has shown them all but those of leap days.
        private static final LocalDateTime MEASURED_TO = MEASURED_FROM.plus(LONGEST_SPAN);

        /// 29 February comes twice within this.
        private static final LocalDateTime MEASURED_AT_MOST = MEASURED_FROM.plusYears(9);

        /// Each step can cost a millisecond in the parser behind it.
        private static final int MEASURED_STEPS = 500;

        public Cron {
            expression = expression.strip().replaceAll("\\s+", " ");
        }

        @Override
        public Optional<Instant> next(Instant after) {
            return WallClock.next(times, zone, after);
        }

        @Override
        public Optional<Rhythm> rhythm() {
            var first = times.next(MEASURED_FROM);
            if (first.isEmpty()) return Optional.empty();
            var previous = first.get();
            Optional<Rhythm> rhythm = Optional.empty();
            for (var step = 0; step < MEASURED_STEPS; step++) {
                var next = times.next(previous);
                var end = rhythm.isPresent() ? MEASURED_TO : MEASURED_AT_MOST;
                if (next.isEmpty() || next.get().isAfter(end)) break;
                var gap = Duration.between(previous, next.get());
                rhythm = Optional.of(rhythm.map(r -> widen(r, gap)).orElse(new Rhythm(gap, gap)));
                previous = next.get();
            }
            return rhythm;
        }

        private static Rhythm widen(Rhythm rhythm, Duration gap) {
            return new Rhythm(
                    gap.compareTo(rhythm.shortest) < 0 ? gap : rhythm.shortest,
                    gap.compareTo(rhythm.longest) > 0 ? gap : rhythm.longest);
        }

        /// Whether the expression names no hour, and so is meant as a rhythm rather than a time.
        public boolean namesNoHour() {
            var fields = expression.split(" ");
            return fields.length == 5 && fields[1].equals("*");
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Cron(var otherExpression, var otherZone, _)
                    && expression.equals(otherExpression)
                    && zone.equals(otherZone);
        }

        @Override
        public int hashCode() {
            return Objects.hash(expression, zone);
        }

        @Override
        public String words() {
            return "by cron " + expression + " " + zone;
        }

        @Override
        public String toString() {
            return "cron " + expression + " " + zone;
        }
    }

    /// The zone whose wall clock this follows; empty for what counts elapsed time.
    default Optional<ZoneId> wallClock() {
        return switch (this) {
            case Every _, Hourly _ -> Optional.empty();
            case Daily(_, var zone) -> Optional.of(zone);
            case Weekly(_, _, var zone) -> Optional.of(zone);
            case Monthly(_, _, var zone) -> Optional.of(zone);
            case Cron(_, var zone, _) -> Optional.of(zone);
        };
    }

    private static void requireWholeMinutes(LocalTime time) {
        if (!time.truncatedTo(ChronoUnit.MINUTES).equals(time))
            throw new IllegalArgumentException("a time of day has whole minutes, was " + time);
    }
}
