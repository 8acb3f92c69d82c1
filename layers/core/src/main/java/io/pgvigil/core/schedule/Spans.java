package io.pgvigil.core.schedule;

import java.time.Duration;
import java.util.regex.Pattern;

/// Lengths of time the way settings write them: `30s`, `5m`, `12h`, `30d`, `6w`, `1h30m`.
///
/// A day is 24 hours and a week seven of them; months and years are left out because they have no
/// fixed length.
public final class Spans {
    private static final Pattern PART = Pattern.compile("([0-9]{1,9})([smhdw])");
    private static final Pattern WHOLE = Pattern.compile("(?:[0-9]{1,9}[smhdw])+");
    private static final String[] UNITS = {"w", "d", "h", "m", "s"};
    private static final long[] SECONDS = {604_800, 86_400, 3_600, 60, 1};

    private Spans() {}

    public static Duration parse(String text) {
        var plain = text.strip();
        if (!WHOLE.matcher(plain).matches())
            throw new IllegalArgumentException(
                    "'" + text + "' is not a duration; write 30s, 5m, 12h, 30d, 6w or 1h30m");
        var seconds = 0L;
        var rank = -1;
        for (var part = PART.matcher(plain); part.find(); ) {
            var unit = "wdhms".indexOf(part.group(2));
            // 5m1h and 1h1h are slips of the pen more often than they are meant.
            if (unit <= rank)
                throw new IllegalArgumentException(
                        "'" + text + "' is not a duration; write the larger unit first, each once");
            rank = unit;
            seconds += Long.parseLong(part.group(1)) * SECONDS[unit];
        }
        return Duration.ofSeconds(seconds);
    }

    /// A form that [#parse(String)] reads back to the same length, in days and smaller units; parts
    /// of a second are dropped.
    public static String print(Duration length) {
        var left = length.toSeconds();
        if (left <= 0) return "0s";
        var text = new StringBuilder();
        for (var i = 1; i < UNITS.length; i++) {
            var count = left / SECONDS[i];
            if (count > 0) text.append(count).append(UNITS[i]);
            left %= SECONDS[i];
        }
        return text.toString();
    }
}
