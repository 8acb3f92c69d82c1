package io.pgvigil.core.config;

import io.pgvigil.core.schedule.Schedule;
import io.pgvigil.core.schedule.Spans;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// How far a run may go before it is stopped, and how many may go at once.
///
/// @param lockTimeout how long a backup waits for a table lock before it gives up
/// @param longest how long one run may take before it is cancelled
/// @param atOnce how many runs may use the server at the same time; further ones queue
/// @param catchUp how late a missed run is still started
public record Limits(Duration lockTimeout, Duration longest, int atOnce, Duration catchUp) {

    public static final int MOST_AT_ONCE = 64;
    private static final Duration LONGEST_LOCK_TIMEOUT = Duration.ofDays(1);
    private static final Duration LONGEST_RUN = Duration.ofDays(14);
    private static final Duration LONGEST_CATCH_UP = Duration.ofDays(31);
    private static final Duration SHORTEST_RUN = Duration.ofMinutes(1);

    // Below the limits it is checked against: static fields begin in the order of the text.
    public static final Limits DEFAULT =
            new Limits(Duration.ofMinutes(5), Duration.ofHours(12), 1, Duration.ofHours(24));

    public Limits {
        // All at once: each line of a configuration that is wrong is named in one reading.
        var wrong = new ArrayList<String>();
        require(wrong, "lock_timeout", lockTimeout, Duration.ofSeconds(1), LONGEST_LOCK_TIMEOUT);
        require(wrong, "longest", longest, SHORTEST_RUN, LONGEST_RUN);
        require(wrong, "catch_up", catchUp, Schedule.SHORTEST_PERIOD, LONGEST_CATCH_UP);
        if (atOnce < 1 || atOnce > MOST_AT_ONCE)
            wrong.add("at_once is 1 to " + MOST_AT_ONCE + ", was " + atOnce);
        if (lockTimeout.compareTo(longest) > 0)
            wrong.add(
                    "lock_timeout %s is longer than longest %s"
                            .formatted(Spans.print(lockTimeout), Spans.print(longest)));
        if (!wrong.isEmpty()) throw new IllegalArgumentException(String.join("; ", wrong));
    }

    private static void require(
            List<String> wrong, String name, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0)
            wrong.add(
                    "%s is %s to %s, was %s"
                            .formatted(
                                    name,
                                    Spans.print(least),
                                    Spans.print(most),
                                    Spans.print(value)));
    }
}
