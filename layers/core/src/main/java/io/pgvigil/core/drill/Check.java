package io.pgvigil.core.drill;

import io.pgvigil.core.DatabaseName;
import java.util.Optional;

/// A question of the user's own to the restored database: one query whose single value must be true.
///
/// @param name what reports call it
/// @param database where it is asked; empty: in every database of the drill
public record Check(String name, String sql, Optional<DatabaseName> database) {
    private static final int LONGEST_SQL = 16_384;
    private static final int LONGEST_LABEL = 60;

    public Check {
        sql = sql.strip();
        if (sql.isEmpty()) throw new IllegalArgumentException("a check needs a query");
        if (sql.length() > LONGEST_SQL || sql.indexOf('\0') >= 0)
            throw new IllegalArgumentException(
                    "a query has at most " + LONGEST_SQL + " characters");
        if (name.isBlank()) throw new IllegalArgumentException("a check's name cannot be empty");
    }

    public Check(String name, String sql) {
        this(name, sql, Optional.empty());
    }

    /// What a query is called that has no name: its beginning.
    public static String label(String sql) {
        var oneLine = sql.strip().replaceAll("\\s+", " ");
        return oneLine.length() <= LONGEST_LABEL
                ? oneLine
                : oneLine.substring(0, LONGEST_LABEL - 1) + "…";
    }
}
