package io.pgvigil.archive;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The data of one entry. Valid until the reader is asked for the next block.
public sealed interface DataBlock {
    TocEntry entry();

    /// Of the block's first byte (its type) in the archive.
    long offset();

    /// Rows of a table, as COPY text, or, from `pg_dump --inserts`, as SQL.
    final class Table implements DataBlock {
        private final TocEntry entry;
        private final long offset;
        private final BlockContent content;

        Table(TocEntry entry, long offset, BlockContent content) {
            this.entry = entry;
            this.offset = offset;
            this.content = content;
        }

        @Override
        public TocEntry entry() {
            return entry;
        }

        @Override
        public long offset() {
            return offset;
        }

        public BlockContent content() {
            return content;
        }

        void skipRest() throws IOException {
            content.skipRest();
        }
    }

    /// Large objects, one after the other.
    final class LargeObjects implements DataBlock {
        private final TocEntry entry;
        private final long offset;
        private final ArchiveCursor cursor;
        private final String compression;
        private @Nullable BlockContent current;
        private boolean ended;

        LargeObjects(TocEntry entry, long offset, ArchiveCursor cursor, String compression) {
            this.entry = entry;
            this.offset = offset;
            this.cursor = cursor;
            this.compression = compression;
        }

        @Override
        public TocEntry entry() {
            return entry;
        }

        @Override
        public long offset() {
            return offset;
        }

        /// The next large object; what was not read of the one before is skipped.
        public Optional<LargeObject> next() throws IOException {
            if (current != null) current.skipRest();
            current = null;
            if (ended) return Optional.empty();
            // Oids above 2^31 were written as if they were signed.
            var oid = Integer.toUnsignedLong(cursor.integer("a large object's oid"));
            ended = oid == 0;
            if (ended) return Optional.empty();
            current = new BlockContent(cursor, compression, "large object " + oid);
            return Optional.of(new LargeObject(oid, current));
        }

        void skipRest() throws IOException {
            // next() skips what is left of the object before.
            while (next().isPresent()) continue;
        }
    }

    /// @param oid 1 to 2^32-1
    record LargeObject(long oid, BlockContent content) {}
}
