package io.pgvigil.core.schedule;

import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// The timetable as systemd units, for hosts outside AWS: one timer and one service for each entry,
/// by file name. Timers catch up a run that was missed while the host was down.
///
/// Daylight saving follows systemd's rules: a local time that is skipped has no run on that day.
public final class SystemdUnits {
    private static final List<String> DAYS =
            List.of("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun");

    private static final List<String> DAY_NAMES =
            List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");

    private static final List<String> MONTH_NAMES =
            List.of(
                    "", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV",
                    "DEC");

    private SystemdUnits() {}

    public static SortedMap<String, String> files(Timetable timetable, Invocation invocation) {
        var files = new TreeMap<String, String>();
        for (var entry : timetable.entries()) {
            var name = "pgvigil-" + entry.server() + "-" + entry.work().word();
            files.put(name + ".timer", timer(entry));
            files.put(name + ".service", service(entry, invocation));
        }
        return files;
    }

    private static String timer(Timetable.Entry entry) {
        return """
        [Unit]
        Description=pgvigil %s of %s, %s

        [Timer]
        %s

        [Install]
        WantedBy=timers.target
        """
                .formatted(
                        entry.work().word(),
                        entry.server(),
                        entry.schedule().words().replace("%", "%%"),
                        when(entry.schedule()));
    }

    private static String service(Timetable.Entry entry, Invocation invocation) {
        return """
        [Unit]
        Description=pgvigil %s of %s
        Wants=network-online.target
        After=network-online.target

        [Service]
        Type=oneshot
        ExecStart=%s
        """
                .formatted(
                        entry.work().word(),
                        entry.server(),
                        invocation.arguments(entry).stream()
                                .map(SystemdUnits::quoted)
                                .collect(Collectors.joining(" ")));
    }

    private static String when(Schedule schedule) {
        if (schedule instanceof Schedule.Every(var period) && !dividesDay(period))
            // OnCalendar cannot count across midnight; this counts from the last start.
            return "OnActiveSec=1min\nOnUnitActiveSec=" + period.toMinutes() + "min";
        return calendar(schedule).stream()
                        .map(expression -> "OnCalendar=" + expression)
                        .collect(Collectors.joining("\n"))
                + "\nPersistent=true";
    }

    /// The expressions of `OnCalendar`; a run is due when any of them matches.
    static List<String> calendar(Schedule schedule) {
        return switch (schedule) {
            case Schedule.Every(var period) -> List.of(every(period));
            case Schedule.Hourly(var minute) -> List.of("*-*-* *:%02d:00 UTC".formatted(minute));
            case Schedule.Daily(var time, var zone) -> List.of("*-*-* " + at(time, zone));
            case Schedule.Weekly(var day, var time, var zone) ->
                    List.of(DAYS.get(day.getValue()) + " *-*-* " + at(time, zone));
            case Schedule.Monthly(var day, var time, var zone) ->
                    List.of("*-*-%02d ".formatted(day) + at(time, zone));
            case Schedule.Cron(var expression, var zone, _) -> cron(expression, zone);
        };
    }

    private static boolean dividesDay(Duration period) {
        var minutes = period.toMinutes();
        return minutes < 60 && 60 % minutes == 0
                || minutes % 60 == 0 && minutes <= 1440 && 1440 % minutes == 0;
    }

    private static String every(Duration period) {
        var minutes = period.toMinutes();
        if (minutes < 60) return "*-*-* *:0/" + minutes + ":00 UTC";
        if (minutes == 1440) return "*-*-* 00:00:00 UTC";
        return "*-*-* 0/" + minutes / 60 + ":00:00 UTC";
    }

    private static String at(LocalTime time, ZoneId zone) {
        return time + ":00 " + zone;
    }

    private static List<String> cron(String expression, ZoneId zone) {
        var fields = expression.split(" ");
        var time = field(fields[1], List.of(), 0) + ":" + field(fields[0], List.of(), 0) + ":00 ";
        var month = field(fields[3], MONTH_NAMES, 1);
        var day = field(fields[2], List.of(), 1);
        var weekday = fields[4].equals("*") ? "" : weekdays(fields[4]) + " ";
        // Cron runs when the day of the month or the weekday matches, unless one of them begins
        // with a star; systemd always wants both. Two expressions say "or".
        if (fields[2].startsWith("*") || fields[4].startsWith("*"))
            return List.of(weekday + "*-" + month + "-" + day + " " + time + zone);
        return List.of(
                "*-" + month + "-" + day + " " + time + zone,
                weekday + "*-" + month + "-* " + time + zone);
    }

    /// `1-5` becomes `1..5`, `*/15` becomes `0/15`, names become numbers.
    private static String field(String cron, List<String> names, int first) {
        var parts = new ArrayList<String>();
        for (var part : cron.split(",")) {
            var step = part.indexOf('/');
            var range = step < 0 ? part : part.substring(0, step);
            var every = step < 0 ? "" : part.substring(step);
            if (range.equals("*")) {
                parts.add(every.isEmpty() ? "*" : first + every);
                continue;
            }
            var ends = new ArrayList<String>();
            for (var end : range.split("-")) ends.add(number(end, names));
            parts.add(String.join("..", ends) + every);
        }
        return String.join(",", parts);
    }

    private static String number(String text, List<String> names) {
        var index = names.indexOf(text.toUpperCase(Locale.ROOT));
        return index < 0 ? text : Integer.toString(index);
    }

    /// Weekdays have names in systemd and no steps, so they are listed one by one.
    private static String weekdays(String cron) {
        var days = new TreeSet<Integer>();
        for (var part : cron.split(",")) {
            var step = part.indexOf('/');
            var range = step < 0 ? part : part.substring(0, step);
            var every = step < 0 ? 1 : Integer.parseInt(part.substring(step + 1));
            var ends = range.equals("*") ? new String[] {"0", "6"} : range.split("-");
            var from = Integer.parseInt(number(ends[0], DAY_NAMES));
            var to =
                    ends.length > 1
                            ? Integer.parseInt(number(ends[1], DAY_NAMES))
                            : step < 0 ? from : 6;
            for (var day = from; day <= to; day += every) days.add(day % 7);
        }
        return days.stream().map(DAYS::get).collect(Collectors.joining(","));
    }

    /// Quoted for systemd, where `%` begins a specifier and `$` a variable.
    private static String quoted(String argument) {
        var escaped = argument.replace("%", "%%").replace("$", "$$");
        return escaped.matches("[A-Za-z0-9_@%+=:,./$-]+")
                ? escaped
                : "\"" + escaped.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
