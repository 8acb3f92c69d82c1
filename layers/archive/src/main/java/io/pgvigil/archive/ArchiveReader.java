package io.pgvigil.archive;

import static io.pgvigil.archive.ArchiveException.Kind.INCOMPLETE;
import static io.pgvigil.archive.ArchiveException.damaged;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads an archive of `pg_dump --format=custom`, versions 1.12 (PostgreSQL 9.0) to 1.16
/// (PostgreSQL 17 and 18), from front to back in bounded memory.
///
/// The format has neither an end marker nor a checksum; a file cut between two blocks looks whole to
/// stock tools. Reading therefore counts only once [#nextBlock] has answered *none* or [#finish] has
/// returned: until then it is not known that every entry's data is there.
///
/// Anything wrong with the archive is an [ArchiveException] with the offset; an `IOException` comes
/// from the input. After either the reader is of no further use.
///
/// ```java
/// var archive = ArchiveReader.open(stream);
/// for (var block = archive.nextBlock(); block.isPresent(); block = archive.nextBlock())
///     if (block.get() instanceof DataBlock.Table table) table.content().transferTo(out);
/// ```
public final class ArchiveReader {
    private static final int TABLE_BLOCK = 1;
    private static final int LARGE_OBJECTS_BLOCK = 3;
    private static final String LARGE_OBJECTS = "BLOBS";

    private final ArchiveCursor cursor;
    private final BlockListener listener;
    private final ArchiveHeader header;
    private final List<TocEntry> entries;
    private final long dataOffset;
    private final Map<Integer, TocEntry> withData = new HashMap<>();
    private final Set<Integer> seen = new HashSet<>();
    private @Nullable DataBlock current;
    private boolean complete;

    private ArchiveReader(
            ArchiveCursor cursor, BlockListener listener, ArchiveProlog.Contents contents) {
        this.cursor = cursor;
        this.listener = listener;
        this.header = contents.header();
        this.entries = contents.entries();
        this.dataOffset = cursor.offset();
        for (var entry : entries) if (entry.hadData()) withData.put(entry.dumpId(), entry);
    }

    /// Reads header and table of contents. Closing the stream stays with the caller.
    public static ArchiveReader open(InputStream in) throws IOException {
        return open(ArchiveInput.of(in));
    }

    public static ArchiveReader open(ArchiveInput in) throws IOException {
        return open(in, BlockListener.NONE, ArchiveLimits.STANDARD);
    }

    public static ArchiveReader open(ArchiveInput in, BlockListener listener, ArchiveLimits limits)
            throws IOException {
        var cursor = new ArchiveCursor(in);
        var contents = new ArchiveProlog(cursor, limits).read();
        return new ArchiveReader(cursor, listener, contents);
    }

    public ArchiveHeader header() {
        return header;
    }

    /// The table of contents in the archive's order.
    public List<TocEntry> toc() {
        return entries;
    }

    /// Where header and table of contents end and the first block, if there is one, begins.
    public long dataOffset() {
        return dataOffset;
    }

    /// How far the archive has been read.
    public long offset() {
        return cursor.offset();
    }

    /// The next block, in the order of the archive; what was not read of the one before is skipped.
    /// None once the stream has ended and every entry's data was there exactly once.
    public Optional<DataBlock> nextBlock() throws IOException {
        if (complete) return Optional.empty();
        endCurrent();
        if (!cursor.hasMore()) {
            requireEverything();
            complete = true;
            return Optional.empty();
        }
        var block = startBlock();
        current = block;
        return Optional.of(block);
    }

    /// Skips what is left and checks that the archive is complete.
    ///
    /// @return the length of the archive in bytes
    public long finish() throws IOException {
        while (nextBlock().isPresent()) continue;
        return cursor.offset();
    }

    private void endCurrent() throws IOException {
        switch (current) {
            case null -> {
                return;
            }
            case DataBlock.Table table -> table.skipRest();
            case DataBlock.LargeObjects objects -> objects.skipRest();
        }
        var ended = current;
        current = null;
        listener.blockEnds(ended.entry(), ended.offset(), cursor.offset() - ended.offset());
    }

    private DataBlock startBlock() throws IOException {
        var offset = cursor.offset();
        var type = cursor.unsignedByte("a block's type");
        if (type != TABLE_BLOCK && type != LARGE_OBJECTS_BLOCK)
            throw damaged(offset, "a block of unknown type " + type);
        // Now and not when the id is known: the id may be in the next buffer, and by then this one,
        // which a listener wants to cut here, has been given back.
        listener.blockStarts(offset);

        var id = cursor.integer("a block's id");
        var entry = withData.get(id);
        if (entry == null) throw damaged(offset, "a block of entry " + id + ", which has no data");
        if (!seen.add(id)) throw damaged(offset, "a second block of " + named(entry));
        var recorded = entry.dataOffset().orElse(offset);
        if (recorded != offset)
            throw damaged(
                    offset,
                    "the block of "
                            + named(entry)
                            + " should be at byte "
                            + recorded
                            + " according to the table of contents");
        if (entry.desc().equals(LARGE_OBJECTS) != (type == LARGE_OBJECTS_BLOCK))
            throw damaged(offset, "the block of " + named(entry) + " is of type " + type);

        if (type == LARGE_OBJECTS_BLOCK)
            return new DataBlock.LargeObjects(entry, offset, cursor, header.compression());
        var content = new BlockContent(cursor, header.compression(), "the data of " + named(entry));
        return new DataBlock.Table(entry, offset, content);
    }

    private void requireEverything() {
        var missing = withData.size() - seen.size();
        if (missing == 0) return;
        var first =
                entries.stream()
                        .filter(entry -> entry.hadData() && !seen.contains(entry.dumpId()))
                        .findFirst()
                        .orElseThrow();
        throw new ArchiveException(
                INCOMPLETE,
                cursor.offset(),
                "the stream ends without the data of %d of %d entries, the first of them %s"
                        .formatted(missing, withData.size(), named(first)));
    }

    private static String named(TocEntry entry) {
        return "entry " + entry.dumpId() + " (" + entry.title() + ")";
    }
}
