package io.pgvigil.core.config;

import io.pgvigil.core.schedule.Spans;
import java.time.Duration;
import java.util.ArrayList;
import java.util.stream.Stream;

/// How many backups stay: the newest ones, everything of the last days, and the first of each
/// period. Zero means that this rule keeps nothing.
///
/// @param last the newest so many
/// @param within everything younger than this
/// @param compliance the first of each year until it is this many years old, whatever the other
///     rules say: `yearly` counts calendar years, and a first backup in June is then half a year short
/// @param wal how far back any moment can be restored, by harvested log; zero: as far as bases are kept
public record Keep(
        int last,
        Duration within,
        int daily,
        int weekly,
        int monthly,
        int yearly,
        int compliance,
        Duration wal) {

    public static final Keep NOTHING = new Keep(0, Duration.ZERO, 0, 0, 0, 0, 0);

    /// Without a window for harvested log.
    public Keep(
            int last,
            Duration within,
            int daily,
            int weekly,
            int monthly,
            int yearly,
            int compliance) {
        this(last, within, daily, weekly, monthly, yearly, compliance, Duration.ZERO);
    }

    /// A hundred years of days: more is a slip of the pen.
    public static final int MOST = 36_525;

    private static final int MOST_YEARS = 100;

    public Keep {
        require("last", last);
        require("daily", daily);
        require("weekly", weekly);
        require("monthly", monthly);
        require("yearly", yearly);
        if (compliance < 0 || compliance > MOST_YEARS)
            throw new IllegalArgumentException(
                    "compliance is 0 to " + MOST_YEARS + " years, was " + compliance);
        if (within.isNegative() || within.compareTo(Duration.ofDays(MOST)) > 0)
            throw new IllegalArgumentException("within is 0 to 100 years, was " + within);
        if (wal.isNegative() || wal.compareTo(Duration.ofDays(MOST)) > 0)
            throw new IllegalArgumentException("wal is 0 to 100 years, was " + wal);
    }

    /// The tiers of grandfather, father and son.
    public static Keep tiers(int daily, int weekly, int monthly, int yearly) {
        return new Keep(0, Duration.ZERO, daily, weekly, monthly, yearly, 0);
    }

    /// The same with a window for harvested log.
    public Keep wal(Duration window) {
        return new Keep(last, within, daily, weekly, monthly, yearly, compliance, window);
    }

    /// Whether it keeps no backup at all.
    public boolean keepsNothing() {
        return wal(Duration.ZERO).equals(NOTHING);
    }

    /// How old the oldest backup gets that some rule still wants, `last` left aside: a count has
    /// no age.
    public Duration reach() {
        return Stream.of(
                        within,
                        Duration.ofDays(daily),
                        Duration.ofDays(7L * weekly),
                        Duration.ofDays(31L * monthly),
                        Duration.ofDays(366L * yearly),
                        Duration.ofDays(366L * compliance))
                .max(Duration::compareTo)
                .orElseThrow();
    }

    /// The rules that keep something, as people say them: `7 daily, 4 weekly`.
    public String words() {
        var rules = new ArrayList<String>();
        if (last > 0) rules.add("last " + last);
        if (!within.isZero()) rules.add("within " + Spans.print(within));
        if (daily > 0) rules.add(daily + " daily");
        if (weekly > 0) rules.add(weekly + " weekly");
        if (monthly > 0) rules.add(monthly + " monthly");
        if (yearly > 0) rules.add(yearly + " yearly");
        if (compliance > 0) rules.add("compliance " + compliance);
        return String.join(", ", rules);
    }

    private static void require(String name, int count) {
        if (count < 0 || count > MOST)
            throw new IllegalArgumentException(name + " is 0 to " + MOST + ", was " + count);
    }
}
