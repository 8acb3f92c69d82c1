package io.pgvigil.archive;

import static io.pgvigil.archive.ArchiveException.Kind.UNSUPPORTED_CONTENT;
import static io.pgvigil.archive.ArchiveException.Kind.UNSUPPORTED_VERSION;
import static io.pgvigil.archive.ArchiveException.damaged;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What precedes the data: header and table of contents.
///
/// The writer of an archive is one program, so every value it never writes is taken for damage: the
/// earlier a flipped bit is found, the less is believed that is not true.
final class ArchiveProlog {
    private static final byte[] MAGIC = "PGDMP".getBytes(StandardCharsets.US_ASCII);
    private static final int MAJOR = 1;
    private static final int OLDEST_MINOR = 12;
    private static final int NEWEST_MINOR = 16;
    private static final int CUSTOM_FORMAT = 1;
    private static final int INTEGER_BYTES = 4;
    private static final long LARGEST_OID = 0xFFFF_FFFFL;

    private static final int OFFSET_NOT_SET = 1;
    private static final int OFFSET_SET = 2;
    private static final int OFFSET_NO_DATA = 3;

    private final ArchiveCursor cursor;
    private final ArchiveLimits limits;
    private ArchiveText text = ArchiveText.UNKNOWN;

    // Owners, schemas and kinds repeat in every entry; one copy of each is enough.
    private final Map<String, String> known = new HashMap<>();

    ArchiveProlog(ArchiveCursor cursor, ArchiveLimits limits) {
        this.cursor = cursor;
        this.limits = limits;
    }

    record Contents(ArchiveHeader header, List<TocEntry> entries) {}

    Contents read() throws IOException {
        var header = header();
        var entries = entries(header);
        return new Contents(again(header), entries);
    }

    private ArchiveHeader header() throws IOException {
        for (var expected : MAGIC)
            if (cursor.unsignedByte("the header") != expected)
                throw damaged(cursor.offset() - 1, "not a PostgreSQL archive: PGDMP is missing");

        var version =
                new ArchiveVersion(
                        cursor.unsignedByte("the header"),
                        cursor.unsignedByte("the header"),
                        cursor.unsignedByte("the header"));
        if (version.major() != MAJOR
                || version.minor() < OLDEST_MINOR
                || version.minor() > NEWEST_MINOR)
            throw new ArchiveException(
                    UNSUPPORTED_VERSION,
                    MAGIC.length,
                    "archive version %s; versions %d.%d to %d.%d can be read"
                            .formatted(version, MAJOR, OLDEST_MINOR, MAJOR, NEWEST_MINOR));

        var integerSize = cursor.unsignedByte("the header");
        if (integerSize != INTEGER_BYTES)
            throw damaged(cursor.offset() - 1, "integers of " + integerSize + " bytes");
        var offsetSize = cursor.unsignedByte("the header");
        if (offsetSize != Integer.BYTES && offsetSize != Long.BYTES)
            throw damaged(cursor.offset() - 1, "file offsets of " + offsetSize + " bytes");
        var format = cursor.unsignedByte("the header");
        if (format != CUSTOM_FORMAT)
            throw new ArchiveException(
                    UNSUPPORTED_CONTENT,
                    cursor.offset() - 1,
                    "format " + format + " is not pg_dump's custom format");

        var compression = compression(version);
        var created = created();
        return new ArchiveHeader(
                version,
                integerSize,
                offsetSize,
                compression,
                created,
                orEmpty(text("the database name")),
                orEmpty(text("the server version")),
                orEmpty(text("the version of pg_dump")));
    }

    /// An algorithm since 1.15; before that a level of gzip, where 0 is none and -1 the default.
    private String compression(ArchiveVersion version) throws IOException {
        var at = cursor.offset();
        if (version.atLeast(1, 15)) {
            var algorithm = cursor.unsignedByte("the compression");
            return switch (algorithm) {
                case 0 -> "none";
                case 1 -> "gzip";
                case 2 -> "lz4";
                case 3 -> "zstd";
                default ->
                        throw new ArchiveException(
                                UNSUPPORTED_CONTENT, at, "unknown compression " + algorithm);
            };
        }
        var level = cursor.integer("the compression level");
        if (level < -1 || level > 9) throw damaged(at, "compression level " + level);
        return level == 0 ? "none" : "gzip";
    }

    private String created() throws IOException {
        var second = time("second", 0, 60);
        var minute = time("minute", 0, 59);
        var hour = time("hour", 0, 23);
        var day = time("day", 1, 31);
        var month = time("month", 0, 11) + 1;
        var year = time("year", 0, 8099) + 1900;
        time("daylight saving flag", -1, 1);
        return "%04d-%02d-%02dT%02d:%02d:%02d".formatted(year, month, day, hour, minute, second);
    }

    private int time(String what, int least, int most) throws IOException {
        return integer("the " + what + " of the dump's time", least, most);
    }

    private List<TocEntry> entries(ArchiveHeader header) throws IOException {
        var at = cursor.offset();
        var count = cursor.integer("the number of entries");
        if (count < 0 || count > limits.entries())
            throw damaged(at, count + " entries; the limit is " + limits.entries());
        var entries = new ArrayList<TocEntry>();
        var ids = new HashSet<Integer>();
        while (entries.size() < count) {
            var start = cursor.offset();
            var entry = entry(header);
            if (!ids.add(entry.dumpId()))
                throw damaged(start, "two entries have the id " + entry.dumpId());
            entries.add(entry);
            if (entry.desc().equals("ENCODING") && text == ArchiveText.UNKNOWN)
                learnEncoding(entry, entries);
        }
        return List.copyOf(entries);
    }

    private void learnEncoding(TocEntry encoding, List<TocEntry> before) {
        text =
                ArchiveText.named(encoding.definition())
                        .orElseThrow(() ->
                                damaged(cursor.offset(), "the ENCODING entry sets no encoding"));
        // It comes first in every archive seen, but nothing in the format says so.
        before.replaceAll(this::again);
        known.clear();
    }

    private TocEntry entry(ArchiveHeader header) throws IOException {
        var version = header.version();
        var id = integer("an entry's id", 1, Integer.MAX_VALUE);
        var hadData = integer("an entry's data flag", 0, 1) == 1;
        var tableOid = shared(oid("an entry's catalog"));
        var oid = oid("an entry's oid");
        var tag = orEmpty(text("an entry's tag"));
        var desc = shared(text("an entry's kind"));
        if (desc.isEmpty()) throw damaged(cursor.offset(), "entry " + id + " is of no kind");
        var section = TocEntry.Section.values()[integer("an entry's section", 1, 4) - 1];
        var definition = orEmpty(text("an entry's definition"));
        var drop = orEmpty(text("an entry's drop statement"));
        var copy = orEmpty(text("an entry's copy statement"));
        var namespace = sharedOptional(text("an entry's schema"));
        var tablespace = sharedOptional(text("an entry's tablespace"));
        var accessMethod =
                version.atLeast(1, 14)
                        ? sharedOptional(text("an entry's access method"))
                        : Optional.<String>empty();
        var relkind = version.atLeast(1, 16) ? integer("an entry's relkind", 0, 127) : 0;
        var owner = shared(text("an entry's owner"));
        withOids();
        var dependencies = dependencies();
        var dataOffset = dataOffset(header.offsetSize(), hadData);
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
                relkind == 0 ? "" : String.valueOf((char) relkind),
                owner,
                dependencies,
                dataOffset);
    }

    /// Tables WITH OIDS ended with PostgreSQL 12; pg_restore only warns, and so the text is not kept.
    private void withOids() throws IOException {
        var at = cursor.offset();
        var value = orEmpty(text("an entry's oids flag"));
        if (!value.equals("false") && !value.equals("true"))
            throw damaged(at, "an entry's oids flag is neither true nor false");
    }

    private List<Integer> dependencies() throws IOException {
        var dependencies = new ArrayList<Integer>();
        while (true) {
            var at = cursor.offset();
            var id = text("an entry's dependencies");
            if (id == null) return dependencies;
            dependencies.add((int) number(id, Integer.MAX_VALUE, at, "an entry's dependency"));
        }
    }

    private Optional<Long> dataOffset(int size, boolean hadData) throws IOException {
        var at = cursor.offset();
        var flag = cursor.unsignedByte("an entry's data offset");
        long offset = 0;
        for (var position = 0; position < size; position++)
            offset |=
                    (long) cursor.unsignedByte("an entry's data offset") << (Byte.SIZE * position);
        var sound =
                switch (flag) {
                    case OFFSET_NOT_SET -> hadData;
                    case OFFSET_SET -> hadData && offset > 0;
                    case OFFSET_NO_DATA -> !hadData;
                    default -> false;
                };
        if (!sound)
            throw damaged(
                    at,
                    "data offset flag %d, offset %d of an entry with%s data"
                            .formatted(flag, offset, hadData ? "" : "out"));
        return flag == OFFSET_SET ? Optional.of(offset) : Optional.empty();
    }

    private String oid(String what) throws IOException {
        var at = cursor.offset();
        var oid = orEmpty(text(what));
        number(oid, LARGEST_OID, at, what);
        return oid;
    }

    private static long number(String digits, long most, long at, String what) {
        var value = -1L;
        // Ten digits hold every oid and do not overflow.
        if (!digits.isEmpty() && digits.length() <= 10) {
            value = 0;
            for (var index = 0; index < digits.length() && value >= 0; index++) {
                var digit = digits.charAt(index) - '0';
                value = digit < 0 || digit > 9 ? -1 : value * 10 + digit;
            }
        }
        if (value < 0 || value > most) throw damaged(at, what + " is not a number in range");
        return value;
    }

    private int integer(String what, int least, int most) throws IOException {
        var at = cursor.offset();
        var value = cursor.integer(what);
        if (value < least || value > most)
            throw damaged(at, "%s is %d, not in %d..%d".formatted(what, value, least, most));
        return value;
    }

    /// A length and so many bytes; length -1 is null.
    private @Nullable String text(String what) throws IOException {
        var at = cursor.offset();
        var length = cursor.integer("the length of " + what);
        if (length == -1) return null;
        if (length < 0) throw damaged(at, "%s has a length of %d".formatted(what, length));
        if (length > limits.textBytes())
            throw damaged(
                    at,
                    "%s has %d bytes; the limit is %d".formatted(what, length, limits.textBytes()));
        if (at + length > limits.tocBytes())
            throw damaged(
                    at,
                    "the table of contents has more bytes than its limit of " + limits.tocBytes());
        var bytes = cursor.bytes(length, what);
        // A C program would stop reading here and restore half a definition.
        for (var octet : bytes) if (octet == 0) throw damaged(at, what + " holds a zero byte");
        return text.decode(bytes);
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private String shared(@Nullable String text) {
        if (text == null) return "";
        return known.computeIfAbsent(text, same -> same);
    }

    private Optional<String> sharedOptional(@Nullable String text) {
        return Optional.ofNullable(text).map(this::shared);
    }

    private ArchiveHeader again(ArchiveHeader header) {
        return new ArchiveHeader(
                header.version(),
                header.integerSize(),
                header.offsetSize(),
                header.compression(),
                header.createdLocal(),
                text.again(header.database()),
                text.again(header.serverVersion()),
                text.again(header.dumpVersion()));
    }

    private TocEntry again(TocEntry entry) {
        return new TocEntry(
                entry.dumpId(),
                entry.hadData(),
                entry.tableOid(),
                entry.oid(),
                text.again(entry.tag()),
                text.again(entry.desc()),
                entry.section(),
                text.again(entry.definition()),
                text.again(entry.dropStatement()),
                text.again(entry.copyStatement()),
                entry.namespace().map(text::again),
                entry.tablespace().map(text::again),
                entry.accessMethod().map(text::again),
                entry.relkind(),
                text.again(entry.owner()),
                entry.dependencies(),
                entry.dataOffset());
    }
}
