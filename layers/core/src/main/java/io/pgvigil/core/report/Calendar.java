package io.pgvigil.core.report;

import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.schedule.Schedule;
import io.pgvigil.core.watch.BackupNote;
import io.pgvigil.core.watch.DatabaseHistory;
import io.pgvigil.core.watch.DrillNote;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The last days in UTC, a character each: what was made, and what was proven.
///
/// @param first the day of the first character
/// @param backups `#` made, `x` fell due and was not made, `.` neither
/// @param drills `+` proven, `~` proven but for what was accepted, `!` not proven, `.` none
public record Calendar(LocalDate first, String backups, String drills) {
    public static final int DAYS = 90;

    public static final char MADE = '#';
    public static final char MISSED = 'x';
    public static final char PROVEN = '+';
    public static final char PROVEN_EXCEPT = '~';
    public static final char NOT_PROVEN = '!';
    public static final char NOTHING = '.';

    /// @param schedule what asks for backups, and since when; nothing can be missed without it
    /// @param late whether the newest that fell due is known to be late
    static Calendar of(
            DatabaseHistory history,
            Optional<Schedule> schedule,
            Instant since,
            boolean late,
            Instant now) {
        var today = day(now);
        var first = today.minusDays(DAYS - 1L);
        var backups = new char[DAYS];
        Arrays.fill(backups, NOTHING);
        for (var note : history.backups()) set(backups, first, note.finished(), MADE);
        schedule.ifPresent(when -> {
            var from = start(first).isAfter(since) ? start(first) : since;
            for (var due : missed(when, history.backups(), from, late, now))
                set(backups, first, due, MISSED);
        });
        var drills = new char[DAYS];
        Arrays.fill(drills, NOTHING);
        // The worst of a day is what somebody looks for.
        for (var note : history.drills())
            index(first, note.finished())
                    .filter(at -> worse(sign(note), drills[at]))
                    .ifPresent(at -> drills[at] = sign(note));
        return new Calendar(first, new String(backups), new String(drills));
    }

    /// What fell due and was followed by no backup before the next fell due.
    private static List<Instant> missed(
            Schedule schedule, List<BackupNote> backups, Instant from, boolean late, Instant now) {
        var missed = new ArrayList<Instant>();
        var at = 0;
        var due = schedule.next(from);
        while (due.filter(one -> !one.isAfter(now)).isPresent()) {
            var begin = due.get();
            var next = schedule.next(begin);
            var end = next.filter(one -> !one.isAfter(now));
            while (at < backups.size() && backups.get(at).finished().isBefore(begin)) at++;
            var made =
                    at < backups.size()
                            && (end.isEmpty() || backups.get(at).finished().isBefore(end.get()));
            if (!made && (end.isPresent() || late)) missed.add(begin);
            due = next;
        }
        return missed;
    }

    private static char sign(DrillNote note) {
        return switch (note.verdict()) {
            case DrillVerdict.PROVEN -> PROVEN;
            case DrillVerdict.PROVEN_EXCEPT -> PROVEN_EXCEPT;
            case DrillVerdict.NOT_PROVEN -> NOT_PROVEN;
        };
    }

    private static boolean worse(char one, char other) {
        var order = "" + NOTHING + PROVEN + PROVEN_EXCEPT + NOT_PROVEN;
        return order.indexOf(one) > order.indexOf(other);
    }

    private static void set(char[] days, LocalDate first, Instant at, char sign) {
        index(first, at).ifPresent(index -> days[index] = sign);
    }

    private static Optional<Integer> index(LocalDate first, Instant at) {
        var index = ChronoUnit.DAYS.between(first, day(at));
        return index >= 0 && index < DAYS ? Optional.of((int) index) : Optional.empty();
    }

    private static LocalDate day(Instant at) {
        return at.atZone(ZoneOffset.UTC).toLocalDate();
    }

    private static Instant start(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    /// How many days have this sign.
    public long count(char sign) {
        return (backups + drills).chars().filter(one -> one == sign).count();
    }
}
