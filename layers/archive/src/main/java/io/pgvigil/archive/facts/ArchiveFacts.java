package io.pgvigil.archive.facts;

import io.pgvigil.archive.ArchiveHeader;
import io.pgvigil.archive.TocEntry;
import java.util.List;

/// Everything the tap learned from one archive, read to its end.
///
/// @param archiveBytes length of the archive, uncompressed
/// @param entries the table of contents in the archive's order
/// @param tables one per `TABLE DATA` block, in the archive's order
/// @param largeObjects by ascending oid
/// @param blocks where each entry's data block lies in the uncompressed archive
public record ArchiveFacts(
        ArchiveHeader header,
        long archiveBytes,
        List<TocEntry> entries,
        List<TableFacts> tables,
        List<LargeObjectFacts> largeObjects,
        List<BlockPosition> blocks) {

    /// @param offset of the block's first byte (its type) in the uncompressed archive
    /// @param length up to and including its terminator
    public record BlockPosition(int dumpId, long offset, long length) {}

    public ArchiveFacts {
        entries = List.copyOf(entries);
        tables = List.copyOf(tables);
        largeObjects = List.copyOf(largeObjects);
        blocks = List.copyOf(blocks);
    }

    public long rows() {
        return tables.stream().mapToLong(TableFacts::rows).sum();
    }
}
