package io.pgvigil.core.report;

import io.pgvigil.core.watch.BackupNote;
import io.pgvigil.core.watch.DatabaseHistory;
import io.pgvigil.core.watch.DrillNote;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What changes over a year, oldest first: the last backup of each of the last 60 days, and of each week
/// before. More points than a screen has room for say no more.
public record Series(List<Point> backups, List<Recovery> recoveries) {
    private static final long DAILY = 60;
    private static final long LONGEST = 366;
    private static final long WEEK = 7;

    public Series {
        backups = List.copyOf(backups);
        recoveries = List.copyOf(recoveries);
    }

    /// @param bytes in the store
    public record Point(Instant finished, long bytes, long rows, Duration took) {
        static Point of(BackupNote note) {
            return new Point(note.finished(), note.storedBytes(), note.rows(), note.took());
        }
    }

    public record Recovery(Instant finished, Duration took, boolean proven) {}

    /// A drill that gave up before anything was restored measured nothing.
    private static boolean recovered(DrillNote note) {
        return note.recoveryTime()
                .filter(took -> note.proven() || took.compareTo(Duration.ofSeconds(1)) > 0)
                .isPresent();
    }

    static Series of(DatabaseHistory history, Instant now) {
        var oldest = now.minus(LONGEST, ChronoUnit.DAYS);
        // The later one of a day or week takes the place of the earlier.
        var points = new TreeMap<Long, Point>();
        for (var note : history.backups())
            if (note.complete() && note.finished().isAfter(oldest))
                points.put(bucket(note.finished(), now), Point.of(note));
        var recoveries =
                history.drills().stream()
                        .filter(note -> note.finished().isAfter(oldest))
                        .filter(Series::recovered)
                        .collect(
                                Collectors.toMap(
                                        note -> bucket(note.finished(), now),
                                        note ->
                                                new Recovery(
                                                        note.finished(),
                                                        note.recoveryTime().orElseThrow(),
                                                        note.proven()),
                                        (_, later) -> later,
                                        TreeMap::new));
        return new Series(List.copyOf(points.values()), List.copyOf(recoveries.values()));
    }

    /// Days since the epoch; the first day of a week stands for all of it where weeks are enough.
    private static long bucket(Instant at, Instant now) {
        var day = at.atZone(ZoneOffset.UTC).getLong(ChronoField.EPOCH_DAY);
        var today = now.atZone(ZoneOffset.UTC).getLong(ChronoField.EPOCH_DAY);
        return today - day < DAILY ? day : day - Math.floorMod(day, WEEK);
    }
}
