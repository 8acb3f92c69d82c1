package io.pgvigil.report;

import io.pgvigil.core.report.Calendar;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Days as a grid of weeks, Monday on top. Days of one kind that follow each other are one stroke with
/// gaps, so that a year of quiet nights costs a few bytes.
///
/// @param signs what is drawn, each with a shape of its own
record CalendarPicture(String label, int width, List<Month> months, List<Sign> signs) {
    private static final int STEP = 14;
    private static final int DAYS = 7;
    private static final int MARGIN = 7;
    private static final int TOP = 22;
    private static final String CROSS = "l8 8m0-8l-8 8";

    /// @param kind the class that gives shape and colour
    record Sign(String kind, String path) {}

    record Month(int x, String name) {}

    static CalendarPicture backups(Calendar calendar) {
        return of(
                calendar,
                calendar.backups(),
                "%d days with a backup, %d on which one was missed"
                        .formatted(calendar.count(Calendar.MADE), calendar.count(Calendar.MISSED)));
    }

    static CalendarPicture drills(Calendar calendar) {
        return of(
                calendar,
                calendar.drills(),
                "%d days with a proof, %d with a drill that failed"
                        .formatted(
                                calendar.count(Calendar.PROVEN)
                                        + calendar.count(Calendar.PROVEN_EXCEPT),
                                calendar.count(Calendar.NOT_PROVEN)));
    }

    private static CalendarPicture of(Calendar calendar, String days, String label) {
        var offset = calendar.first().getDayOfWeek().getValue() - DayOfWeek.MONDAY.getValue();
        var signs = new ArrayList<Sign>();
        add(signs, "none", strokes(days, Calendar.NOTHING, offset));
        add(signs, "made", strokes(days, Calendar.MADE, offset));
        add(signs, "missed", each(days, Calendar.MISSED, offset, 4, CROSS));
        add(signs, "proven", strokes(days, Calendar.PROVEN, offset));
        add(
                signs,
                "except",
                each(days, Calendar.PROVEN_EXCEPT, offset, 0, "a4 4 0 1 0 8 0a4 4 0 1 0-8 0"));
        add(signs, "failed", each(days, Calendar.NOT_PROVEN, offset, 4, CROSS));
        var columns = (offset + days.length() + DAYS - 1) / DAYS;
        return new CalendarPicture(
                "Last %d days: %s.".formatted(days.length(), label),
                columns * STEP,
                months(calendar.first(), days.length(), offset),
                signs);
    }

    private static void add(List<Sign> signs, String kind, String path) {
        if (!path.isEmpty()) signs.add(new Sign(kind, path));
    }

    /// Down each week, from the first to the last day of a kind in a row.
    private static String strokes(String days, char kind, int offset) {
        var path = new StringBuilder();
        for (var from = 0; from < days.length(); from++) {
            if (days.charAt(from) != kind) continue;
            var to = from;
            while (to + 1 < days.length()
                    && days.charAt(to + 1) == kind
                    && (offset + to + 1) % DAYS != 0) to++;
            path.append('M').append(x(offset + from)).append(' ').append(y(offset + from));
            // A day at the very end of a stroke is not drawn: it goes on a little.
            path.append('v').append((to - from) * STEP + 1);
            from = to;
        }
        return path.toString();
    }

    /// @param up how far above the middle of a day the sign begins
    private static String each(String days, char kind, int offset, int up, String sign) {
        var path = new StringBuilder();
        for (var day = 0; day < days.length(); day++)
            if (days.charAt(day) == kind)
                path.append('M')
                        .append(x(offset + day) - 4)
                        .append(' ')
                        .append(y(offset + day) - up)
                        .append(sign);
        return path.toString();
    }

    private static List<Month> months(LocalDate first, int days, int offset) {
        var months = new ArrayList<Month>();
        for (var day = 0; day < days; day++) {
            var date = first.plusDays(day);
            if (date.getDayOfMonth() == 1)
                months.add(
                        new Month(
                                x(offset + day) - MARGIN,
                                date.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH)));
        }
        return months;
    }

    private static int x(int day) {
        return MARGIN + day / DAYS * STEP;
    }

    private static int y(int day) {
        return TOP + day % DAYS * STEP;
    }
}
