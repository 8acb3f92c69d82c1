package io.pgvigil.core.backup;

import java.util.List;

/// Which part of a database a logical backup holds, in pg_dump's own patterns; empty lists mean
/// everything.
public record Selection(
        List<String> schemas,
        List<String> excludeSchemas,
        List<String> tables,
        List<String> excludeTables,
        List<String> excludeTableData) {
    public static final Selection EVERYTHING =
            new Selection(List.of(), List.of(), List.of(), List.of(), List.of());

    public Selection {
        schemas = List.copyOf(schemas);
        excludeSchemas = List.copyOf(excludeSchemas);
        tables = List.copyOf(tables);
        excludeTables = List.copyOf(excludeTables);
        excludeTableData = List.copyOf(excludeTableData);
    }

    /// Returns the pattern, or says why `pg_dump` could not use it.
    public static String requirePattern(String pattern) {
        if (pattern.isBlank()) throw new IllegalArgumentException("a pattern cannot be empty");
        if (pattern.chars().anyMatch(Character::isISOControl))
            throw new IllegalArgumentException("a pattern cannot hold control characters");
        return pattern;
    }

    /// Whether the whole database is meant. Only a whole backup can be proven.
    public boolean complete() {
        return equals(EVERYTHING);
    }
}
