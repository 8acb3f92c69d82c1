package io.pgvigil.task.physical;

import io.pgvigil.core.Lsn;
import io.pgvigil.core.wal.SegmentName;
import io.pgvigil.core.wal.WalSegmentSize;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.sandbox.RecoveredServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// The names that `pg_create_restore_point` wrote into the log that was fetched for a recovery.
final class RestorePoints {
    private static final Duration LIMIT = Duration.ofMinutes(30);

    // rmgr: XLOG … desc: RESTORE_POINT before 4711
    private static final Pattern LINE = Pattern.compile("desc: RESTORE_POINT (.+)$");

    private RestorePoints() {}

    /// Those behind `from` and before `to` that occur once: of two with one name only the first is found.
    static List<String> between(
            RecoveredServer server, ToolSet set, WalSegmentSize size, Lsn from, Lsn to)
            throws IOException {
        var spool = server.data().resolveSibling(server.data().getFileName() + ".wal");
        if (!Files.exists(spool) || !set.has("pg_waldump")) return List.of();
        var timelines = new TreeMap<Integer, TreeSet<Long>>();
        for (var segment : segments(spool, size))
            timelines
                    .computeIfAbsent(segment.timeline().value(), _ -> new TreeSet<>())
                    .add(segment.number());
        var counts = new LinkedHashMap<String, Integer>();
        timelines.forEach((timeline, numbers) -> {
            var begin = later(from, size.begin(numbers.first()));
            var end = earlier(to, size.begin(numbers.last() + 1).plus(-1));
            if (!begin.isBefore(end)) return;
            // It may end with an error where the log does; what it printed before counts.
            server.run(
                            set,
                            LIMIT,
                            "pg_waldump",
                            "--path=" + spool,
                            "--timeline=" + timeline,
                            "--rmgr=XLOG",
                            "--start=" + begin,
                            "--end=" + end)
                    .stdout()
                    .lines()
                    .map(LINE::matcher)
                    .filter(java.util.regex.Matcher::find)
                    .forEach(found -> counts.merge(found.group(1), 1, Integer::sum));
        });
        return counts.entrySet().stream()
                .filter(entry -> entry.getValue() == 1)
                .map(java.util.Map.Entry::getKey)
                .toList();
    }

    private static List<SegmentName> segments(Path spool, WalSegmentSize size) throws IOException {
        var found = new ArrayList<SegmentName>();
        try (var files = Files.list(spool)) {
            for (var file : files.toList()) {
                var name = String.valueOf(file.getFileName());
                if (name.matches("[0-9A-F]{24}")) found.add(SegmentName.parse(name, size));
            }
        }
        return found;
    }

    private static Lsn later(Lsn one, Lsn other) {
        return one.isBefore(other) ? other : one;
    }

    private static Lsn earlier(Lsn one, Lsn other) {
        return one.isBefore(other) ? one : other;
    }
}
