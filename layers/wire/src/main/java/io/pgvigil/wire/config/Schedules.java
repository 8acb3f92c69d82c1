package io.pgvigil.wire.config;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import io.pgvigil.core.schedule.LocalTimes;
import io.pgvigil.core.schedule.Schedule;
import io.pgvigil.core.schedule.Zones;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Arrays;

/// Schedules in every form: the ones `core` knows, and `cron`.
public final class Schedules {
    private static final CronParser UNIX =
            new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));

    private static final int CRON_FIELDS = 5;

    private Schedules() {}

    /// Reads what [Schedule#toString()] writes and all other forms.
    public static Schedule parse(String text) {
        var plain = text.strip();
        return plain.startsWith("cron ")
                ? cron(plain.substring("cron ".length()))
                : Schedule.parse(text);
    }

    /// Five fields, and a zone where it is not UTC: `30 4 * * * Europe/Paris`.
    public static Schedule cron(String text) {
        var words = text.strip().split("\\s+");
        if (words.length != CRON_FIELDS && words.length != CRON_FIELDS + 1)
            throw new IllegalArgumentException(
                    "'"
                            + text
                            + "' is not a cron schedule; write five fields and a zone, like"
                            + " \"30 4 * * * Europe/Paris\"");
        var expression = String.join(" ", Arrays.copyOf(words, CRON_FIELDS));
        ZoneId zone =
                words.length > CRON_FIELDS
                        ? Zones.parse(words[CRON_FIELDS])
                        : Schedule.DEFAULT_ZONE;
        return new Schedule.Cron(expression, zone, times(expression));
    }

    private static LocalTimes times(String expression) {
        ExecutionTime times;
        try {
            times = ExecutionTime.forCron(UNIX.parse(expression).validate());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'" + expression + "' is not a cron schedule: " + e.getMessage(), e);
        }
        // In UTC no local time is skipped or repeated, so the library's own idea of daylight saving
        // never comes into play; ours is in core.
        return after ->
                times.nextExecution(after.atZone(ZoneOffset.UTC))
                        .map(ZonedDateTime::toLocalDateTime);
    }
}
