package io.pgvigil.core.schedule;

import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/// Reads a schedule word by word: what, on which day, at which time, where.
final class ScheduleText {
    private static final String FORMS =
            "write \"hourly\", \"daily 04:30 Europe/Paris\", \"weekly sun 05:00 UTC\", \"monthly 1"
                    + " 02:30 UTC\", \"every 15m\" or \"cron 30 4 * * * Europe/Paris\"";

    private final String text;
    private final Deque<String> words;

    ScheduleText(String text) {
        this.text = text;
        this.words = new ArrayDeque<>(List.of(text.strip().split("\\s+")));
    }

    Schedule parse() {
        var schedule =
                switch (words.removeFirst().toLowerCase(Locale.ROOT)) {
                    case "every" -> every();
                    case "hourly" -> new Schedule.Hourly(minute());
                    case "daily" -> new Schedule.Daily(time(), zone());
                    case "weekly" -> new Schedule.Weekly(dayOfWeek(), time(), zone());
                    case "monthly" -> new Schedule.Monthly(dayOfMonth(), time(), zone());
                    default -> throw wrong("is not a schedule");
                };
        if (!words.isEmpty()) throw wrong("has '" + words.getFirst() + "' too much");
        return schedule;
    }

    private Schedule every() {
        if (words.isEmpty()) throw wrong("does not say how often");
        return new Schedule.Every(Spans.parse(words.removeFirst()));
    }

    private int minute() {
        var word = words.peekFirst();
        if (word == null) return 0;
        if (!word.matches(":[0-5][0-9]")) throw wrong("has '" + word + "' for a minute, like :15");
        words.removeFirst();
        return Integer.parseInt(word.substring(1));
    }

    private LocalTime time() {
        var word = words.peekFirst();
        if (word == null || word.indexOf(':') < 0) {
            // A bare number is a forgotten ":00" rather than a zone.
            if (word != null && word.matches("[0-9]+"))
                throw wrong("has '" + word + "' for a time of day, like 04:30");
            return Schedule.DEFAULT_TIME;
        }
        if (!word.matches("([01]?[0-9]|2[0-3]):[0-5][0-9]"))
            throw wrong("has '" + word + "' for a time of day, 00:00 to 23:59");
        words.removeFirst();
        return LocalTime.parse(word.length() == 4 ? "0" + word : word);
    }

    private DayOfWeek dayOfWeek() {
        var word = words.peekFirst();
        if (word == null || !Character.isLetter(word.charAt(0))) return Schedule.DEFAULT_DAY;
        var plain = word.toUpperCase(Locale.ROOT);
        for (var day : DayOfWeek.values()) {
            if (day.name().equals(plain) || day.name().substring(0, 3).equals(plain)) {
                words.removeFirst();
                return day;
            }
        }
        return Schedule.DEFAULT_DAY;
    }

    private int dayOfMonth() {
        var word = words.peekFirst();
        if (word == null || !word.matches("[0-9]{1,2}")) return 1;
        words.removeFirst();
        var day = Integer.parseInt(word);
        if (day < 1 || day > Schedule.LAST_DAY_OF_EVERY_MONTH)
            throw wrong("has day " + day + ", but only 1 to 28 are in every month");
        return day;
    }

    private ZoneId zone() {
        if (words.isEmpty()) return Schedule.DEFAULT_ZONE;
        var word = words.removeFirst();
        try {
            return Zones.parse(word);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + text + "': " + e.getMessage(), e);
        }
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException("'" + text + "' " + what + "; " + FORMS);
    }
}
