package io.pgvigil.core.config;

import java.util.List;

/// Which parts of a database a logical backup takes; patterns in the language of `pg_dump`
/// (`schema.table`, `*` and `?`). Empty lists mean no restriction.
public record LogicalSelection(
        List<String> schemas,
        List<String> excludeSchemas,
        List<String> tables,
        List<String> excludeTables,
        List<String> excludeTableData) {

    public static final LogicalSelection EVERYTHING =
            new LogicalSelection(List.of(), List.of(), List.of(), List.of(), List.of());

    public LogicalSelection {
        schemas = checked(schemas);
        excludeSchemas = checked(excludeSchemas);
        tables = checked(tables);
        excludeTables = checked(excludeTables);
        excludeTableData = checked(excludeTableData);
    }

    /// Whether the backup leaves something out, which its manifest and every drill must know.
    public boolean isPartial() {
        return !equals(EVERYTHING);
    }

    private static List<String> checked(List<String> patterns) {
        for (var pattern : patterns) requirePattern(pattern);
        return List.copyOf(patterns);
    }

    /// Returns the pattern, or says why `pg_dump` could not use it.
    public static String requirePattern(String pattern) {
        if (pattern.isBlank()) throw new IllegalArgumentException("a pattern cannot be empty");
        if (pattern.chars().anyMatch(Character::isISOControl))
            throw new IllegalArgumentException("a pattern cannot hold control characters");
        return pattern;
    }
}
