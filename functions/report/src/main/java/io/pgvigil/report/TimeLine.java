package io.pgvigil.report;

import io.pgvigil.core.report.RetentionNote;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/// Backups as marks on a line of time, a row for each tier. The younger, the wider: half of the width is
/// the last quarter of the time.
///
/// @param ticks ages that help to read it
record TimeLine(String label, int height, List<Tick> ticks, List<Row> rows) {
    private static final int WIDTH = 560;
    private static final int LEFT = 74;
    private static final int RIGHT = 8;
    private static final int TOP = 14;
    private static final int ROW = 20;
    private static final int FOOT = 18;
    private static final int TICK_ROOM = 44;
    private static final Duration SHORTEST = Duration.ofDays(2);

    record Tick(int x, int bottom, int text, String name) {}

    /// @param y of its middle
    record Row(String name, int y, int text, List<Mark> marks) {}

    /// @param kind the class that gives shape and colour
    record Mark(String kind, String path) {}

    private static final List<String> TIERS = List.of("yearly", "monthly", "weekly", "daily", "");

    private record Age(String name, Duration length) {
        static Age days(String name, int days) {
            return new Age(name, Duration.ofDays(days));
        }
    }

    private static final List<Age> AGES =
            List.of(
                    Age.days("1 day", 1),
                    Age.days("1 week", 7),
                    Age.days("1 month", 30),
                    Age.days("3 months", 91),
                    Age.days("1 year", 365),
                    Age.days("3 years", 3 * 365),
                    Age.days("7 years", 7 * 365));

    static TimeLine of(List<RetentionNote.Backup> backups, Instant now) {
        var oldest =
                backups.stream()
                        .map(one -> Duration.between(one.finished(), now))
                        .max(Duration::compareTo)
                        .filter(age -> age.compareTo(SHORTEST) > 0)
                        .orElse(SHORTEST);
        var rows = new ArrayList<Row>();
        for (var tier : TIERS) {
            var own = backups.stream().filter(one -> one.tier().orElse("").equals(tier)).toList();
            if (own.isEmpty()) continue;
            var y = TOP + rows.size() * ROW;
            rows.add(
                    new Row(
                            tier.isEmpty() ? "no tier" : tier,
                            y,
                            y + 4,
                            marks(own, y, oldest, now)));
        }
        var bottom = TOP + rows.size() * ROW - ROW / 2;
        return new TimeLine(
                "%d backups on a line of time, the oldest of %s."
                        .formatted(backups.size(), Words.day(now.minus(oldest))),
                bottom + FOOT,
                ticks(oldest, bottom),
                rows);
    }

    private static List<Mark> marks(
            List<RetentionNote.Backup> backups, int y, Duration oldest, Instant now) {
        var paths = new LinkedHashMap<String, StringBuilder>();
        for (var one : backups) {
            var x = x(Duration.between(one.finished(), now), oldest);
            var path = paths.computeIfAbsent(one.verdict(), _ -> new StringBuilder());
            path.append('M');
            switch (one.verdict()) {
                case "expire" -> path.append("%d %dl8 8m0-8l-8 8".formatted(x - 4, y - 4));
                case "move" -> path.append("%d %dl5 5l-5 5l-5-5z".formatted(x, y - 5));
                case "blocked" -> path.append("%d %dh8v8h-8z".formatted(x - 4, y - 4));
                default -> path.append("%d %dh0".formatted(x, y));
            }
        }
        return paths.entrySet().stream()
                .map(one -> new Mark(one.getKey(), one.getValue().toString()))
                .toList();
    }

    private static List<Tick> ticks(Duration oldest, int bottom) {
        var ticks = new ArrayList<Tick>();
        var last = WIDTH + TICK_ROOM;
        for (var age : AGES) {
            if (age.length().compareTo(oldest) > 0) break;
            var x = x(age.length(), oldest);
            if (last - x < TICK_ROOM) continue;
            ticks.add(new Tick(x, bottom, bottom + FOOT - 5, age.name()));
            last = x;
        }
        return ticks;
    }

    private static int x(Duration age, Duration oldest) {
        var share = Math.sqrt(Math.clamp((double) age.toSeconds() / oldest.toSeconds(), 0, 1));
        return (int) Math.round(LEFT + 8 + (1 - share) * (WIDTH - LEFT - RIGHT - 8));
    }
}
