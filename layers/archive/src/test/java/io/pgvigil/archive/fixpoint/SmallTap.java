package io.pgvigil.archive.fixpoint;

import io.pgvigil.archive.ArchiveHeader;
import io.pgvigil.archive.ArchiveVersion;
import io.pgvigil.archive.TocEntry;
import io.pgvigil.archive.TocEntry.Section;
import io.pgvigil.archive.facts.ArchiveFacts;
import io.pgvigil.archive.facts.Fingerprint;
import io.pgvigil.archive.facts.LargeObjectFacts;
import io.pgvigil.archive.facts.TableFacts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Reads a small uncompressed UTF-8 archive as a whole: an independent second opinion on the format,
/// so that the fixpoint's tests do not share mistakes with the reader they will be used with.
final class SmallTap {
    private final ByteBuffer in;
    private final ArchiveVersion version;
    private final List<TocEntry> entries = new ArrayList<>();
    private final List<TableFacts> tables = new ArrayList<>();
    private final List<LargeObjectFacts> largeObjects = new ArrayList<>();

    private SmallTap(ByteBuffer in) {
        this.in = in.order(ByteOrder.LITTLE_ENDIAN);
        in.position(5);
        version = new ArchiveVersion(in.get(), in.get(), in.get());
    }

    static ArchiveFacts read(Path file) {
        try {
            return new SmallTap(ByteBuffer.wrap(Files.readAllBytes(file))).read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ArchiveFacts read() {
        in.position(in.position() + 3);
        if (version.atLeast(1, 15)) in.get();
        else integer();
        var time = IntStream.range(0, 7).map(_ -> integer()).boxed().toList();
        var database = string();
        var header =
                new ArchiveHeader(
                        version, 4, 8, "none", time.toString(), database, string(), string());
        var count = integer();
        for (var i = 0; i < count; i++) entries.add(entry());
        while (in.hasRemaining()) block();
        largeObjects.sort(Comparator.comparingLong(LargeObjectFacts::oid));
        return new ArchiveFacts(header, in.limit(), entries, tables, largeObjects, List.of());
    }

    private TocEntry entry() {
        var id = integer();
        var hadData = integer() != 0;
        var tableOid = string();
        var oid = string();
        var tag = string();
        var desc = string();
        var section = Section.values()[integer() - 1];
        var definition = string();
        var drop = string();
        var copy = string();
        var namespace = optional();
        var tablespace = optional();
        var accessMethod = optional();
        var relkind = version.atLeast(1, 16) ? Character.toString(integer()) : "";
        var owner = string();
        string();
        var dependencies = new ArrayList<Integer>();
        for (var dependency = optional(); dependency.isPresent(); dependency = optional())
            dependencies.add(Integer.valueOf(dependency.get()));
        in.position(in.position() + 9);
        return new TocEntry(
                id,
                hadData,
                tableOid,
                oid,
                tag,
                desc,
                section,
                definition,
                drop,
                copy,
                namespace,
                tablespace,
                accessMethod,
                relkind,
                owner,
                dependencies,
                Optional.empty());
    }

    private void block() {
        var type = in.get();
        var id = integer();
        var entry = entries.stream().filter(e -> e.dumpId() == id).findFirst().orElseThrow();
        if (type == 1) table(entry, new String(data(), StandardCharsets.UTF_8));
        else
            for (var oid = integer(); oid != 0; oid = integer()) {
                var data = data();
                largeObjects.add(
                        new LargeObjectFacts(
                                Integer.toUnsignedLong(oid), "", data.length, hash(data)));
            }
    }

    private void table(TocEntry entry, String copy) {
        var viaRoot = entry.definition().contains("-- load via partition root ");
        var inherits =
                entries.stream()
                        .filter(e -> e.desc().equals("TABLE") && e.tag().equals(entry.tag()))
                        .filter(e -> e.namespace().equals(entry.namespace()))
                        .anyMatch(e -> e.definition().contains("INHERITS ("));
        var target = entry.copyStatement().split(" ", 3)[1];
        var open = entry.copyStatement().indexOf(" (");
        var columns =
                open < 0
                        ? List.<String>of()
                        : Sql.tokens(
                                        entry.copyStatement()
                                                .substring(
                                                        open,
                                                        entry.copyStatement()
                                                                .lastIndexOf(") FROM stdin")))
                                .stream()
                                .filter(Sql.Token::identifier)
                                .map(Sql.Token::name)
                                .toList();
        var order =
                IntStream.range(0, columns.size())
                        .boxed()
                        .sorted(Comparator.comparing(columns::get))
                        .toList();
        var rows = copy.substring(0, copy.lastIndexOf("\\.\n")).split("\n", -1);
        var fingerprint = Fingerprint.EMPTY;
        for (var i = 0; i < rows.length - 1; i++) {
            var fields = rows[i].split("\t", -1);
            var row =
                    (viaRoot || inherits) && !columns.isEmpty()
                            ? String.join("\t", order.stream().map(at -> fields[at]).toList())
                            : rows[i];
            fingerprint = fingerprint.plus(hash(row.getBytes(StandardCharsets.UTF_8)));
        }
        tables.add(
                new TableFacts(
                        entry.dumpId(),
                        entry.namespace().orElse(""),
                        entry.tag(),
                        target,
                        viaRoot,
                        columns,
                        viaRoot || inherits,
                        rows.length - 1,
                        copy.length(),
                        fingerprint));
    }

    private byte[] data() {
        var out = new ByteArrayOutputStream();
        for (var length = integer(); length != 0; length = integer()) {
            var chunk = new byte[length];
            in.get(chunk);
            out.writeBytes(chunk);
        }
        return out.toByteArray();
    }

    private static Fingerprint hash(byte[] data) {
        try {
            var md5 = ByteBuffer.wrap(MessageDigest.getInstance("MD5").digest(data));
            return new Fingerprint(md5.getLong(), md5.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private int integer() {
        var negative = in.get() != 0;
        var value = in.getInt();
        return negative ? -value : value;
    }

    private String string() {
        return optional().orElse("");
    }

    private Optional<String> optional() {
        return Optional.ofNullable(nullable());
    }

    private @Nullable String nullable() {
        var length = integer();
        if (length < 0) return null;
        var bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
