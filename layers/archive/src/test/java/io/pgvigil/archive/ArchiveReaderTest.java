package io.pgvigil.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ArchiveReaderTest {

    @ParameterizedTest
    @CsvSource({
        "pg15-pipe,   1.14, none, 15.",
        "pg15-gzip,   1.14, gzip, 15.",
        "pg17-pipe,   1.16, none, 17.",
        "pg17-gzip,   1.16, gzip, 17.",
        "pg17-lz4,    1.16, lz4,  17.",
        "pg17-zstd,   1.16, zstd, 17.",
    })
    void the_header_names_format_tool_and_server(
            String name, String version, String compression, String tool) throws IOException {
        var header = open(name).header();

        assertThat(header.version()).hasToString(version);
        assertThat(header.compression()).isEqualTo(compression);
        assertThat(header.dumpVersion()).startsWith(tool);
        assertThat(header.serverVersion()).startsWith("15.");
        assertThat(header.database()).isEqualTo("small");
        assertThat(header.createdLocal()).matches("2026-11-23T\\d\\d:\\d\\d:\\d\\d");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pg15-pipe", "pg17-pipe", "pg15-file-with-offsets"})
    void nothing_is_lost_in_reading(String name) throws IOException {
        var archive = Golden.archive(name);

        // Written again from what was read, every byte is the same: names with line ends, nulls and
        // empty texts, offsets, dependencies, chunks. Large object 0xB2D05E01 arrives as negative.
        var again = ArchiveWriter.again(archive, open(name).header().version());
        assertThat(Arrays.mismatch(again, archive)).isEqualTo(-1);
    }

    @Test
    void entries_carry_names_with_line_ends_and_quotes() throws IOException {
        var odd = entry(open("pg15-pipe"), "TABLE DATA", "line\nbreak\ttab");

        assertThat(odd.namespace()).contains("odd \"schema\"");
        assertThat(odd.copyStatement())
                .isEqualTo(
                        "COPY \"odd \"\"schema\"\"\".\"line\nbreak\ttab\" (\"a, b\", \"c\"\"d)\")"
                                + " FROM stdin;\n");
        assertThat(odd.hadData()).isTrue();
        assertThat(odd.section()).isEqualTo(TocEntry.Section.DATA);
    }

    @Test
    void access_method_and_relkind_are_read_where_the_version_has_them() throws IOException {
        assertThat(entry(open("pg15-pipe"), "TABLE", "plain").accessMethod()).contains("heap");
        assertThat(entry(open("pg15-pipe"), "TABLE", "plain").relkind()).isEmpty();
        assertThat(entry(open("pg17-pipe"), "TABLE", "plain").relkind()).isEqualTo("r");
        assertThat(entry(open("pg17-pipe"), "TABLE", "moods").relkind()).isEqualTo("p");
    }

    @Test
    void a_dump_to_a_file_records_where_its_blocks_are() throws IOException {
        var piped = open("pg15-pipe");
        var filed = open("pg15-file-with-offsets");

        assertThat(piped.toc()).allMatch(entry -> entry.dataOffset().isEmpty());
        assertThat(filed.toc())
                .allMatch(entry -> entry.dataOffset().isPresent() == entry.hadData());
        assertThat(filed.finish()).isEqualTo(Golden.archive("pg15-file-with-offsets").length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.12", "1.13", "1.14", "1.15", "1.16"})
    void every_version_from_1_12_to_1_16_reads_the_same(String version) throws IOException {
        var minor = Integer.parseInt(version.substring(2));
        var archive =
                ArchiveWriter.again(Golden.archive("pg15-pipe"), new ArchiveVersion(1, minor, 0));

        var reader = ArchiveReader.open(Golden.buffersOf(7, archive));

        assertThat(reader.header().version()).hasToString(version);
        assertThat(reader.toc()).hasSameSizeAs(open("pg15-pipe").toc());
        assertThat(reader.finish()).isEqualTo(archive.length);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 11, 17, 255})
    void other_versions_are_refused_by_name(int minor) {
        var archive = Golden.archive("pg15-pipe");
        archive[6] = (byte) minor;

        assertThatThrownBy(() -> ArchiveReader.open(Golden.whole(archive)))
                .isInstanceOfSatisfying(
                        ArchiveException.class,
                        e -> {
                            assertThat(e.kind())
                                    .isEqualTo(ArchiveException.Kind.UNSUPPORTED_VERSION);
                            assertThat(e).hasMessageContaining("1." + minor + ";");
                        });
    }

    @ParameterizedTest
    @CsvSource({"pg15-gzip, pg15-pipe", "pg17-gzip, pg17-pipe"})
    void gzip_data_reads_like_plain_data(String gzip, String plain) throws IOException {
        assertThat(contents(Golden.archive(gzip))).isEqualTo(contents(Golden.archive(plain)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lz4", "zstd"})
    void other_compression_can_be_listed_and_skipped_but_not_read(String algorithm)
            throws IOException {
        var archive = Golden.archive("pg17-" + algorithm);

        assertThat(ArchiveReader.open(Golden.whole(archive)).finish()).isEqualTo(archive.length);
        assertThatThrownBy(() -> contents(archive))
                .isInstanceOfSatisfying(
                        ArchiveException.class,
                        e -> {
                            assertThat(e.kind())
                                    .isEqualTo(ArchiveException.Kind.UNSUPPORTED_CONTENT);
                            assertThat(e).hasMessageContaining("compressed with " + algorithm);
                        });
    }

    @Test
    void unread_and_half_read_data_is_skipped() throws IOException {
        for (var name : List.of("pg15-pipe", "pg15-gzip")) {
            var archive = Golden.archive(name);
            var reader = ArchiveReader.open(Golden.buffersOf(11, archive));
            var blocks = 0;
            for (var block = reader.nextBlock(); block.isPresent(); block = reader.nextBlock()) {
                blocks++;
                switch (block.get()) {
                    case DataBlock.Table table ->
                            assertThat(table.content().readNBytes(blocks % 4)).isNotNull();
                    case DataBlock.LargeObjects objects -> {
                        assertThat(objects.next().orElseThrow().oid()).isEqualTo(16);
                        assertThat(objects.next().orElseThrow().content().read()).isEqualTo('s');
                    }
                }
            }
            assertThat(blocks).isEqualTo(9);
            assertThat(reader.offset()).isEqualTo(archive.length);
        }
    }

    @Test
    void large_objects_have_unsigned_oids() throws IOException {
        assertThat(contents(Golden.archive("pg15-pipe")))
                .contains("16=", "17=seventeen", "3000000001=\0\1\2\3");
        assertThat(contents(Golden.archive("pg17-pipe")))
                .contains("16=", "17=seventeen", "3000000001=\0\1\2\3");
    }

    @ParameterizedTest
    @CsvSource({"pg15-latin1, grün, größe", "pg15-euc-jp, 表, 列"})
    void texts_are_decoded_from_the_encoding_of_the_dump(String name, String table, String column)
            throws IOException {
        var reader = open(name);

        assertThat(entry(reader, "TABLE", table).definition()).contains(column);
    }

    @Test
    void texts_before_the_encoding_entry_are_decoded_too() throws IOException {
        var utf8 = ArchiveWriter.encoding("UTF8");
        var before = ArchiveWriter.entry(2, "TABLE", "grün", "CREATE TABLE grün ();", "");
        var archive =
                new ArchiveWriter(new ArchiveVersion(1, 14, 0)).header().entries(before, utf8);

        assertThat(ArchiveReader.open(Golden.whole(archive.bytes())).toc().getFirst())
                .isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SQL_ASCII", "MULE_INTERNAL", "UTF8", "EUC_JIS_2004"})
    void bytes_that_cannot_be_decoded_are_kept_as_latin_1(String encoding) throws IOException {
        // E4 alone is ä in latin 1 and nothing in UTF-8.
        var archive =
                new ArchiveWriter(new ArchiveVersion(1, 14, 0), Charset.forName("ISO-8859-1"))
                        .header()
                        .entries(
                                ArchiveWriter.encoding(encoding),
                                ArchiveWriter.entry(2, "TABLE", "ä", "", ""));

        assertThat(ArchiveReader.open(Golden.whole(archive.bytes())).toc().getLast().tag())
                .isEqualTo("ä");
    }

    @Test
    void a_listener_hears_of_a_block_while_its_first_byte_is_still_here() throws IOException {
        var archive = Golden.archive("pg15-pipe");
        for (var size : new int[] {1, 2, 3, 5, 64, 1000, 100_000}) {
            var handedOut = new long[2];
            var plain = Golden.buffersOf(size, archive);
            ArchiveInput counted =
                    () -> {
                        var buffer = plain.next();
                        handedOut[0] = handedOut[1];
                        handedOut[1] += buffer == null ? 0 : buffer.remaining();
                        return buffer;
                    };
            var starts = new ArrayList<Long>();
            var ends = new ArrayList<Long>();
            var listener =
                    new BlockListener() {
                        @Override
                        public void blockStarts(long offset) {
                            assertThat(offset).isBetween(handedOut[0], handedOut[1] - 1);
                            starts.add(offset);
                        }

                        @Override
                        public void blockEnds(TocEntry entry, long offset, long length) {
                            assertThat(offset).isEqualTo(starts.getLast());
                            // The last byte, not the one after it.
                            assertThat(offset + length - 1)
                                    .isBetween(handedOut[0], handedOut[1] - 1);
                            ends.add(offset + length);
                        }
                    };

            var reader = ArchiveReader.open(counted, listener, ArchiveLimits.STANDARD);
            reader.finish();

            // Blocks lie side by side from the table of contents to the archive's last byte.
            assertThat(starts).hasSize(9).startsWith(reader.dataOffset());
            assertThat(starts.subList(1, 9)).isEqualTo(ends.subList(0, 8));
            assertThat(ends).endsWith((long) archive.length);
            assertThat(handedOut[1]).isEqualTo(archive.length);
        }
    }

    @Test
    void an_archive_without_data_is_complete_without_blocks() throws IOException {
        var archive = Golden.archive("pg15-tiny-schema-only");
        var reader = open("pg15-tiny-schema-only");

        assertThat(reader.nextBlock()).isEmpty();
        assertThat(reader.nextBlock()).isEmpty();
        assertThat(reader.dataOffset()).isEqualTo(archive.length);
    }

    private static ArchiveReader open(String name) throws IOException {
        return ArchiveReader.open(new ByteArrayInputStream(Golden.archive(name)));
    }

    private static TocEntry entry(ArchiveReader reader, String desc, String tag) {
        return reader.toc().stream()
                .filter(entry -> entry.desc().equals(desc) && entry.tag().equals(tag))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> contents(byte[] archive) throws IOException {
        var contents = new ArrayList<String>();
        var reader = ArchiveReader.open(Golden.buffersOf(13, archive));
        for (var block = reader.nextBlock(); block.isPresent(); block = reader.nextBlock())
            switch (block.get()) {
                case DataBlock.Table table ->
                        contents.add(new String(table.content().readAllBytes(), UTF_8));
                case DataBlock.LargeObjects objects -> {
                    for (var one = objects.next(); one.isPresent(); one = objects.next())
                        contents.add(
                                one.get().oid()
                                        + "="
                                        + new String(one.get().content().readAllBytes(), UTF_8));
                }
            }
        return contents;
    }
}
