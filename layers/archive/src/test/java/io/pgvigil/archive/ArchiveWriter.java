package io.pgvigil.archive;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Writes archives for tests: the same as pg_dump would, or as an older pg_dump would have, or what
/// no pg_dump would.
public final class ArchiveWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ArchiveVersion version;
    private final Charset charset;

    public ArchiveWriter(ArchiveVersion version) {
        this(version, StandardCharsets.UTF_8);
    }

    public ArchiveWriter(ArchiveVersion version, Charset charset) {
        this.version = version;
        this.charset = charset;
    }

    /// Writes an archive again: what the reader saw, chunk for chunk one row.
    public static byte[] again(byte[] archive, ArchiveVersion version) throws IOException {
        var reader = ArchiveReader.open(Golden.whole(archive));
        var writer = new ArchiveWriter(version);
        writer.header(reader.header()).entries(reader.toc());
        for (var block = reader.nextBlock(); block.isPresent(); block = reader.nextBlock()) {
            var id = block.get().entry().dumpId();
            switch (block.get()) {
                case DataBlock.Table table -> {
                    var pieces = new ArrayList<byte[]>();
                    table.content().drainTo((b, o, n) -> pieces.add(copy(b, o, n)));
                    writer.table(id, pieces);
                }
                case DataBlock.LargeObjects objects -> {
                    writer.octet(3).integer(id);
                    for (var o = objects.next(); o.isPresent(); o = objects.next()) {
                        writer.integer((int) o.get().oid());
                        o.get().content().drainTo((b, at, n) -> writer.chunk(copy(b, at, n)));
                        writer.integer(0);
                    }
                    writer.integer(0);
                }
            }
        }
        return writer.bytes();
    }

    private static byte[] copy(byte[] bytes, int offset, int length) {
        return java.util.Arrays.copyOfRange(bytes, offset, offset + length);
    }

    public ArchiveWriter header(ArchiveHeader header) {
        for (var letter : "PGDMP".toCharArray()) octet(letter);
        octet(version.major()).octet(version.minor()).octet(version.revision());
        octet(4).octet(8).octet(1);
        var gzip = header.compression().equals("gzip");
        if (version.atLeast(1, 15)) octet(gzip ? 1 : 0);
        else integer(gzip ? -1 : 0);
        var time = java.time.LocalDateTime.parse(header.createdLocal());
        integer(time.getSecond()).integer(time.getMinute()).integer(time.getHour());
        integer(time.getDayOfMonth()).integer(time.getMonthValue() - 1);
        integer(time.getYear() - 1900).integer(0);
        return text(header.database()).text(header.serverVersion()).text(header.dumpVersion());
    }

    public ArchiveWriter header() {
        return header("none");
    }

    public ArchiveWriter header(String compression) {
        return header(
                new ArchiveHeader(
                        version,
                        4,
                        8,
                        compression,
                        "2026-11-22T02:30:00",
                        "orders",
                        "15.18",
                        "15.18"));
    }

    public ArchiveWriter entries(List<TocEntry> entries) {
        integer(entries.size());
        entries.forEach(this::entry);
        return this;
    }

    public ArchiveWriter entries(TocEntry... entries) {
        return entries(List.of(entries));
    }

    private void entry(TocEntry entry) {
        integer(entry.dumpId()).integer(entry.hadData() ? 1 : 0);
        text(entry.tableOid()).text(entry.oid()).text(entry.tag()).text(entry.desc());
        integer(entry.section().ordinal() + 1);
        absent(entry.definition()).absent(entry.dropStatement()).absent(entry.copyStatement());
        text(entry.namespace().orElse(null)).text(entry.tablespace().orElse(null));
        if (version.atLeast(1, 14)) text(entry.accessMethod().orElse(null));
        if (version.atLeast(1, 16))
            integer(entry.relkind().isEmpty() ? 0 : entry.relkind().charAt(0));
        absent(entry.owner()).text("false");
        for (var dependency : entry.dependencies()) text(dependency.toString());
        text(null);
        octet(entry.hadData() ? entry.dataOffset().isPresent() ? 2 : 1 : 3);
        for (var shift = 0; shift < 64; shift += 8)
            octet((int) (entry.dataOffset().orElse(0L) >>> shift));
    }

    /// COPY text, each piece a chunk; the caller writes `\.` and the empty lines.
    public ArchiveWriter table(int id, List<byte[]> chunks) {
        octet(1).integer(id);
        chunks.forEach(this::chunk);
        return integer(0);
    }

    public ArchiveWriter table(int id, String... chunks) {
        return table(id, java.util.stream.Stream.of(chunks).map(c -> c.getBytes(charset)).toList());
    }

    public ArchiveWriter chunk(byte[] bytes) {
        integer(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    public ArchiveWriter octet(int value) {
        out.write(value);
        return this;
    }

    public ArchiveWriter integer(int value) {
        octet(value < 0 ? 1 : 0);
        var magnitude = Math.abs(value);
        for (var shift = 0; shift < 32; shift += 8) octet(magnitude >>> shift);
        return this;
    }

    public ArchiveWriter text(@Nullable String text) {
        return text == null ? integer(-1) : chunk(text.getBytes(charset));
    }

    private ArchiveWriter absent(String text) {
        return text(text.isEmpty() ? null : text);
    }

    public byte[] bytes() {
        return out.toByteArray();
    }

    public static TocEntry entry(int id, String desc, String tag, String definition, String copy) {
        return new TocEntry(
                id,
                desc.equals("TABLE DATA") || desc.equals("BLOBS"),
                "1259",
                "" + (16000 + id),
                tag,
                desc,
                TocEntry.Section.DATA,
                definition,
                "",
                copy,
                Optional.of("public"),
                Optional.empty(),
                Optional.empty(),
                "",
                "postgres",
                List.of(),
                Optional.empty());
    }

    public static TocEntry encoding(String name) {
        return entry(1, "ENCODING", "ENCODING", "SET client_encoding = '" + name + "';\n", "");
    }

    public static TocEntry tableData(int id, String table, String columns) {
        return entry(
                id,
                "TABLE DATA",
                table,
                "",
                "COPY public." + table + " " + columns + " FROM stdin;\n");
    }
}
