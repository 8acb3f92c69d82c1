package io.pgvigil.report;

import io.pgvigil.core.ByteSize;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Figures as people read them.
final class Words {
    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm 'UTC'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("d MMM uuuu", Locale.ENGLISH);

    private static final int TWO_DAYS_IN_HOURS = 48;
    private static final int TWO_HOURS_IN_MINUTES = 120;
    private static final int TWO_MINUTES_IN_SECONDS = 120;
    private static final int TEN_MINUTES = 10;
    private static final int HOURS = 24;
    private static final int SIXTY = 60;
    private static final int THOUSAND = 1000;

    private Words() {}

    /// Two units at most: `3 d 4 h`, `42 s`.
    static String span(Duration length) {
        if (length.toMillis() < THOUSAND) return length.isZero() ? "0 s" : "under 1 s";
        if (length.toSeconds() < TWO_MINUTES_IN_SECONDS) return length.toSeconds() + " s";
        if (length.toMinutes() < TEN_MINUTES)
            return two(length.toMinutes(), " min", length.toSeconds() % SIXTY, " s");
        if (length.toMinutes() < TWO_HOURS_IN_MINUTES) return length.toMinutes() + " min";
        if (length.toHours() < TWO_DAYS_IN_HOURS)
            return two(length.toHours(), " h", length.toMinutes() % SIXTY, " min");
        return two(length.toDays(), " d", length.toHours() % HOURS, " h");
    }

    private static String two(long large, String unit, long small, String smaller) {
        return large + unit + (small == 0 ? "" : " " + small + smaller);
    }

    static String time(Instant at) {
        return MINUTE.format(at);
    }

    static String day(Instant at) {
        return day(at.atZone(ZoneOffset.UTC).toLocalDate());
    }

    static String day(LocalDate day) {
        return DAY.format(day);
    }

    static String bytes(long count) {
        return ByteSize.of(count).toString();
    }

    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    static String dollars(double sum) {
        if (sum > 0 && sum < 0.01) return "under $0.01";
        return String.format(Locale.ROOT, sum < 100 ? "$%.2f" : "$%,.0f", sum);
    }

    static String plural(long number, String one) {
        return count(number) + " " + one + (number == 1 ? "" : "s");
    }
}
