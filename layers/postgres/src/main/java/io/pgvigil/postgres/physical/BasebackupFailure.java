package io.pgvigil.postgres.physical;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.DumpFailure;
import java.util.List;

/// What a failed pg_basebackup meant, told by its English words.
public final class BasebackupFailure {
    private static final int QUOTED = 300;

    private BasebackupFailure() {}

    public static Problem explain(int status, List<String> stderr) {
        var all = String.join("\n", stderr);
        var line = lastLine(stderr);
        if (all.contains("has already been removed")
                || all.contains("could not find any WAL files"))
            return new Problem(
                    ErrorCode.WAL_INCOMPLETE,
                    "the server removed WAL that the copy needs while it was made: " + line,
                    "max_slot_wal_keep_size is too small for what is written during a base backup;"
                            + " raise it, or back up at a quieter time.",
                    true,
                    null);
        if (all.contains("the standby was promoted during online backup"))
            return new Problem(
                    ErrorCode.BASE_BACKUP_FAILED,
                    "the standby was promoted while it was copied",
                    "The next run copies the new primary.",
                    true,
                    null);
        if (all.contains("full_page_writes"))
            return new Problem(
                    ErrorCode.BASE_BACKUP_FAILED,
                    "WAL without full page images was replayed while the standby was copied",
                    "full_page_writes must be on at the primary.");
        var refused = ReplicationRefused.by(all, line);
        if (refused != null) return refused;
        var known = DumpFailure.explain(status, stderr);
        if (known.code() != ErrorCode.DUMP_FAILED && known.code() != ErrorCode.DUMP_CANCELLED)
            return known;
        return new Problem(
                ErrorCode.BASE_BACKUP_FAILED,
                "pg_basebackup ended with exit status " + status + ": " + line,
                "Its whole output is in the run's log.",
                known.transientFailure(),
                null);
    }

    private static String lastLine(List<String> lines) {
        var line =
                lines.reversed().stream()
                        .filter(one ->
                                one.contains("error")
                                        || one.contains("FATAL")
                                        || one.contains("ERROR"))
                        .findFirst()
                        .orElse(lines.isEmpty() ? "it said nothing" : lines.getLast())
                        .strip();
        return line.length() > QUOTED ? line.substring(0, QUOTED) + "…" : line;
    }
}
