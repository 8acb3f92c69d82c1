package io.pgvigil.postgres;

import java.util.List;

/// Which part of a database is dumped, in pg_dump's patterns. Nothing selected means everything.
public record DumpSelection(
        List<String> schemas,
        List<String> excludeSchemas,
        List<String> tables,
        List<String> excludeTables,
        List<String> excludeTableData) {
    public static final DumpSelection EVERYTHING =
            new DumpSelection(List.of(), List.of(), List.of(), List.of(), List.of());

    public DumpSelection {
        schemas = List.copyOf(schemas);
        excludeSchemas = List.copyOf(excludeSchemas);
        tables = List.copyOf(tables);
        excludeTables = List.copyOf(excludeTables);
        excludeTableData = List.copyOf(excludeTableData);
    }

    public boolean isEverything() {
        return equals(EVERYTHING);
    }
}
