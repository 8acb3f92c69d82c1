package io.pgvigil.core.config;

import io.pgvigil.core.DatabaseName;
import java.util.Optional;

/// A question that a drill asks the restored database: one query whose single value must be true.
///
/// @param database where it is asked; empty: in every database of the drill
public record Check(String sql, Optional<DatabaseName> database, Optional<String> name) {
    private static final int LONGEST_SQL = 16_384;
    private static final int LONGEST_LABEL = 60;

    public Check {
        sql = sql.strip();
        if (sql.isEmpty()) throw new IllegalArgumentException("a check needs a query");
        if (sql.length() > LONGEST_SQL || sql.indexOf('\0') >= 0)
            throw new IllegalArgumentException(
                    "a query has at most " + LONGEST_SQL + " characters");
        if (name.filter(String::isBlank).isPresent())
            throw new IllegalArgumentException("a check's name cannot be empty");
    }

    /// The name, or the beginning of the query where there is none.
    public String label() {
        var oneLine = sql.replaceAll("\\s+", " ");
        return name.orElse(
                oneLine.length() <= LONGEST_LABEL
                        ? oneLine
                        : oneLine.substring(0, LONGEST_LABEL - 1) + "…");
    }
}
