package io.pgvigil.wire;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.archive.ArchiveHeader;
import io.pgvigil.archive.TocEntry;
import io.pgvigil.archive.facts.ArchiveFacts;
import io.pgvigil.archive.facts.LargeObjectFacts;
import io.pgvigil.archive.facts.TableFacts;
import io.pgvigil.core.Sha256;
import io.pgvigil.core.store.Versioned;
import java.util.List;
import java.util.Set;

/// `facts.json`: what the tap and the connection beside it learned, and where each entry's data lies
/// in the stored object.
///
/// @param frames where each zstd frame begins, in the archive and in the stored object
/// @param server what an archive cannot hold, as the source's connection told it
public record FactsDocument(
        int format,
        ArchiveHeader header,
        long archiveBytes,
        long storedBytes,
        List<TocEntry> entries,
        List<TableFacts> tables,
        List<LargeObjectFacts> largeObjects,
        List<ArchiveFacts.BlockPosition> blocks,
        List<Frame> frames,
        JsonNode server)
        implements Versioned {
    public static final int FORMAT = 1;

    /// Kinds whose definitions can hold a password in clear; only a hash of them is stored.
    private static final Set<String> SECRET_BEARING =
            Set.of("USER MAPPING", "SUBSCRIPTION", "SERVER");

    public record Frame(long archiveOffset, long storedOffset) {}

    public static FactsDocument of(
            ArchiveFacts facts, List<Frame> frames, long storedBytes, JsonNode server) {
        return new FactsDocument(
                FORMAT,
                facts.header(),
                facts.archiveBytes(),
                storedBytes,
                facts.entries().stream().map(FactsDocument::withoutSecret).toList(),
                facts.tables(),
                facts.largeObjects(),
                facts.blocks(),
                frames,
                server);
    }

    /// The archive's facts again; secret-bearing definitions are hashes here.
    public ArchiveFacts archive() {
        return new ArchiveFacts(header, archiveBytes, entries, tables, largeObjects, blocks);
    }

    private static TocEntry withoutSecret(TocEntry entry) {
        if (!SECRET_BEARING.contains(entry.desc())) return entry;
        return new TocEntry(
                entry.dumpId(),
                entry.hadData(),
                entry.tableOid(),
                entry.oid(),
                entry.tag(),
                entry.desc(),
                entry.section(),
                "-- sha256:" + Sha256.hex(entry.definition()),
                entry.dropStatement(),
                entry.copyStatement(),
                entry.namespace(),
                entry.tablespace(),
                entry.accessMethod(),
                entry.relkind(),
                entry.owner(),
                entry.dependencies(),
                entry.dataOffset());
    }
}
