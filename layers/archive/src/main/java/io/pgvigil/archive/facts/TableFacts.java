package io.pgvigil.archive.facts;

import java.util.List;

/// What one `TABLE DATA` block holds.
///
/// @param dumpId of the `TABLE DATA` entry
/// @param schema where the rows go; for a block loaded through a partition root, still the leaf
/// @param root `schema.table` (quoted as in the COPY statement) that the COPY names: the table itself,
///     or the partition root when the entry says `load via partition root`
/// @param viaRoot whether the COPY goes through a partition root
/// @param columns the COPY column list in the order of the archive, unquoted; empty for none
/// @param sorted whether each row's fields were put into column-name order before hashing, because
///     a restore may change the column order of inheritance children
/// @param rows exact number of rows
/// @param bytes length of the COPY text, rows and their line ends only
public record TableFacts(
        int dumpId,
        String schema,
        String table,
        String root,
        boolean viaRoot,
        List<String> columns,
        boolean sorted,
        long rows,
        long bytes,
        Fingerprint fingerprint) {
    public TableFacts {
        columns = List.copyOf(columns);
    }
}
