package io.pgvigil.core.schedule;

import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// The timetable as a crontab, for hosts outside AWS.
///
/// Cron has daylight-saving rules of its own and no memory of what it missed; the text says so. What
/// five fields cannot express becomes a comment that says what to use instead.
public final class Crontab {
    private static final String NOTES =
            """
            # Made by pgvigil from its configuration; make it again after a change.
            # CRON_TZ is understood by cronie (RHEL, Fedora, Arch, SUSE). Debian's cron ignores it and
            # uses the host's zone: there, use the systemd timers.
            # A time that daylight saving skips or repeats follows cron's own rules, and a run that was
            # missed while the host was down is not caught up.
            """;

    private Crontab() {}

    public static String text(Timetable timetable, Invocation invocation) {
        // CRON_TZ holds for all lines below it, so the lines of one zone stay together.
        var byZone = new LinkedHashMap<ZoneId, List<String>>();
        for (var entry : timetable.entries())
            byZone.computeIfAbsent(
                            entry.schedule().wallClock().orElse(Schedule.DEFAULT_ZONE),
                            _ -> new ArrayList<>())
                    .add(line(entry, invocation));
        var text = new StringBuilder(NOTES);
        byZone.forEach((zone, lines) -> {
            text.append("\nCRON_TZ=").append(zone).append('\n');
            lines.forEach(line -> text.append(line).append('\n'));
        });
        return text.toString();
    }

    private static String line(Timetable.Entry entry, Invocation invocation) {
        var command =
                invocation.arguments(entry).stream()
                        .map(Crontab::quoted)
                        .collect(Collectors.joining(" "));
        return fields(entry.schedule())
                .map(fields -> fields + " " + command)
                .orElse(
                        "# "
                                + entry.schedule()
                                + " cannot be written for cron; use the systemd timer for: "
                                + command);
    }

    private static Optional<String> fields(Schedule schedule) {
        return switch (schedule) {
            case Schedule.Every(var period) -> every(period);
            case Schedule.Hourly(var minute) -> Optional.of(minute + " * * * *");
            case Schedule.Daily(var time, _) -> Optional.of(at(time) + " * * *");
            // Sunday is 0 everywhere and 7 only in some crons.
            case Schedule.Weekly(var day, var time, _) ->
                    Optional.of(at(time) + " * * " + day.getValue() % 7);
            case Schedule.Monthly(var day, var time, _) ->
                    Optional.of(at(time) + " " + day + " * *");
            case Schedule.Cron(var expression, _, _) -> Optional.of(expression);
        };
    }

    /// Only periods that divide an hour or a day come out even at its end.
    private static Optional<String> every(Duration period) {
        var minutes = period.toMinutes();
        if (minutes < 60 && 60 % minutes == 0) return Optional.of("*/" + minutes + " * * * *");
        if (minutes == 60) return Optional.of("0 * * * *");
        if (minutes % 60 == 0 && minutes < 1440 && 1440 % minutes == 0)
            return Optional.of("0 */" + minutes / 60 + " * * *");
        if (minutes == 1440) return Optional.of("0 0 * * *");
        return Optional.empty();
    }

    private static String at(LocalTime time) {
        return time.getMinute() + " " + time.getHour();
    }

    /// Quoted for the shell, and then for cron, which takes a bare `%` for the end of the line.
    private static String quoted(String argument) {
        var shell =
                argument.matches("[A-Za-z0-9_@%+=:,./-]+")
                        ? argument
                        : "'" + argument.replace("'", "'\\''") + "'";
        return shell.replace("%", "\\%");
    }
}
