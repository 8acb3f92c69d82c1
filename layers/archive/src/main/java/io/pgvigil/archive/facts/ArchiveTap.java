package io.pgvigil.archive.facts;

import static io.pgvigil.archive.ArchiveException.Kind.DAMAGED;
import static io.pgvigil.archive.ArchiveException.Kind.INCOMPLETE;
import static io.pgvigil.archive.ArchiveException.Kind.UNSUPPORTED_CONTENT;

import com.dynatrace.hash4j.hashing.HashStream128;
import io.pgvigil.archive.ArchiveException;
import io.pgvigil.archive.ArchiveInput;
import io.pgvigil.archive.ArchiveLimits;
import io.pgvigil.archive.ArchiveReader;
import io.pgvigil.archive.BlockListener;
import io.pgvigil.archive.DataBlock;
import io.pgvigil.archive.TocEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Reads an archive to its end while it passes, and tells what it holds.
///
/// One pass, no copy of the data, memory bounded by the table of contents. An archive that is not
/// whole and sound to the last byte is an [ArchiveException] and never facts.
/// `docs/fingerprint.md` says how to compute the same numbers by other means.
public final class ArchiveTap {
    private static final String VIA_ROOT = "-- load via partition root ";
    private static final String INHERITS = "INHERITS (";

    private final BlockListener listener;
    private final TapProgress progress;
    private final ArchiveLimits limits;

    public ArchiveTap(BlockListener listener, TapProgress progress, ArchiveLimits limits) {
        this.listener = listener;
        this.progress = progress;
        this.limits = limits;
    }

    /// The facts of an archive that nobody else needs to watch.
    public static ArchiveFacts read(ArchiveInput in) throws IOException {
        return new ArchiveTap(BlockListener.NONE, TapProgress.NONE, ArchiveLimits.STANDARD)
                .drain(in);
    }

    /// Reads to the end: `in` has answered null when this returns.
    public ArchiveFacts drain(ArchiveInput in) throws IOException {
        return new Run(in).drain();
    }

    /// One archive.
    private final class Run implements BlockListener {
        private final ArchiveInput in;
        private final List<TableFacts> tables = new ArrayList<>();
        private final Map<Long, LargeObjectFacts> largeObjects = new TreeMap<>();
        private final List<ArchiveFacts.BlockPosition> blocks = new ArrayList<>();
        private final HashStream128 objectHash = RowSum.XXH3.hashStream();
        private Map<List<String>, TocEntry> definitions = Map.of();
        private Map<Long, String> owners = Map.of();
        private long bytesHandedOut;
        private long rowsBefore;
        private @Nullable CopyRows rows;
        private @Nullable TocEntry entry;

        Run(ArchiveInput in) {
            this.in = in;
        }

        ArchiveFacts drain() throws IOException {
            var reader = ArchiveReader.open(this::nextBuffer, this, limits);
            definitions = definitions(reader.toc());
            owners = owners(reader.toc());
            for (var block = reader.nextBlock(); block.isPresent(); block = reader.nextBlock()) {
                entry = block.get().entry();
                switch (block.get()) {
                    case DataBlock.Table table -> tables.add(facts(reader, table));
                    case DataBlock.LargeObjects objects -> readLargeObjects(reader, objects);
                }
            }
            requireLargeObjects(reader);
            return new ArchiveFacts(
                    reader.header(),
                    reader.offset(),
                    reader.toc(),
                    tables,
                    List.copyOf(largeObjects.values()),
                    blocks);
        }

        private @Nullable ByteBuffer nextBuffer() throws IOException {
            var rowsNow = rowsBefore + (rows == null ? 0 : rows.rows());
            progress.at(bytesHandedOut, rowsNow, Optional.ofNullable(entry));
            var buffer = in.next();
            if (buffer != null) bytesHandedOut += buffer.remaining();
            return buffer;
        }

        @Override
        public void blockStarts(long offset) {
            listener.blockStarts(offset);
        }

        @Override
        public void blockEnds(TocEntry ended, long offset, long length) {
            blocks.add(new ArchiveFacts.BlockPosition(ended.dumpId(), offset, length));
            listener.blockEnds(ended, offset, length);
        }

        private TableFacts facts(ArchiveReader reader, DataBlock.Table table) throws IOException {
            var data = table.entry();
            var copy = copyStatement(data, table.offset());
            var viaRoot = data.definition().contains(VIA_ROOT);
            var sorted = viaRoot || inherits(data);
            var sum = sorted ? new RowSum.Sorted(slotsByName(copy.columns())) : new RowSum.Plain();
            var current = new CopyRows(sum);
            rows = current;
            try {
                table.content().drainTo(current);
                current.finish();
            } catch (NotCopyText e) {
                throw new ArchiveException(
                        DAMAGED, reader.offset(), e.getMessage() + " in " + data.title());
            }
            rowsBefore += current.rows();
            rows = null;
            return new TableFacts(
                    data.dumpId(),
                    data.namespace().orElse(""),
                    data.tag(),
                    copy.target(),
                    viaRoot,
                    copy.columns(),
                    sorted,
                    current.rows(),
                    current.bytes(),
                    sum.fingerprint());
        }

        private static CopyStatement copyStatement(TocEntry data, long offset) {
            if (data.copyStatement().isEmpty())
                throw new ArchiveException(
                        UNSUPPORTED_CONTENT,
                        offset,
                        data.title() + " is not COPY data; was it dumped with --inserts?");
            return CopyStatement.parse(data.copyStatement())
                    .orElseThrow(() ->
                            new ArchiveException(
                                    DAMAGED,
                                    offset,
                                    data.title() + " has an unknown COPY statement"));
        }

        private boolean inherits(TocEntry data) {
            var definition = definitions.get(nameOf(data));
            return definition != null && definition.definition().contains(INHERITS);
        }

        private void readLargeObjects(ArchiveReader reader, DataBlock.LargeObjects objects)
                throws IOException {
            for (var object = objects.next(); object.isPresent(); object = objects.next()) {
                objectHash.reset();
                var size = object.get().content().drainTo(objectHash::putBytes);
                var oid = object.get().oid();
                var hash = objectHash.get();
                var facts =
                        new LargeObjectFacts(
                                oid,
                                owners.getOrDefault(oid, ""),
                                size,
                                new Fingerprint(
                                        hash.getMostSignificantBits(),
                                        hash.getLeastSignificantBits()));
                if (largeObjects.put(oid, facts) != null)
                    throw new ArchiveException(
                            DAMAGED, reader.offset(), "large object " + oid + " comes twice");
            }
        }

        /// Only where the archive has large object data at all: `--section` can leave it out.
        private void requireLargeObjects(ArchiveReader reader) {
            if (reader.toc().stream().noneMatch(each -> each.hadData() && isLargeObjects(each)))
                return;
            for (var oid : owners.keySet())
                if (!largeObjects.containsKey(oid))
                    throw new ArchiveException(
                            INCOMPLETE,
                            reader.offset(),
                            "large object %d is announced, but its data is not there"
                                    .formatted(oid));
        }
    }

    private static boolean isLargeObjects(TocEntry entry) {
        return entry.desc().equals("BLOBS");
    }

    private static Map<List<String>, TocEntry> definitions(List<TocEntry> toc) {
        var definitions = new HashMap<List<String>, TocEntry>();
        for (var entry : toc)
            if (entry.desc().equals("TABLE") || entry.desc().equals("FOREIGN TABLE"))
                definitions.put(nameOf(entry), entry);
        return definitions;
    }

    private static List<String> nameOf(TocEntry entry) {
        return List.of(entry.namespace().orElse(""), entry.tag());
    }

    /// Up to PostgreSQL 16 each large object has an entry named after it; from 17 an entry lists the
    /// oids of up to 1,000.
    private static Map<Long, String> owners(List<TocEntry> toc) {
        var owners = new HashMap<Long, String>();
        for (var entry : toc)
            switch (entry.desc()) {
                case "BLOB" -> putOwner(owners, entry.tag(), entry);
                case "BLOB METADATA" ->
                        entry.definition()
                                .lines()
                                .filter(line -> !line.isBlank())
                                .forEach(line -> putOwner(owners, line, entry));
                default -> {}
            }
        return owners;
    }

    private static void putOwner(Map<Long, String> owners, String oid, TocEntry entry) {
        try {
            owners.put((long) Integer.parseUnsignedInt(oid.strip()) & 0xFFFF_FFFFL, entry.owner());
        } catch (NumberFormatException e) {
            throw new ArchiveException(
                    DAMAGED, 0, entry.title() + " names a large object that is not a number");
        }
    }

    /// For each column its rank by name, in the order of the names' UTF-8 bytes.
    private static int[] slotsByName(List<String> columns) {
        var names =
                columns.stream()
                        .map(column -> column.getBytes(StandardCharsets.UTF_8))
                        .toArray(byte[][]::new);
        var byName =
                IntStream.range(0, names.length)
                        .boxed()
                        .sorted(
                                Comparator.comparing(
                                        index -> names[index], Arrays::compareUnsigned))
                        .toList();
        var slots = new int[names.length];
        for (var rank = 0; rank < slots.length; rank++) slots[byName.get(rank)] = rank;
        return slots;
    }
}
