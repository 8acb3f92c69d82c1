package io.pgvigil.archive;

import static io.pgvigil.archive.ArchiveException.Kind.DAMAGED;
import static io.pgvigil.archive.ArchiveException.Kind.INCOMPLETE;
import static io.pgvigil.archive.ArchiveException.Kind.TRUNCATED;
import static io.pgvigil.archive.ArchiveException.Kind.UNSUPPORTED_CONTENT;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pgvigil.archive.facts.ArchiveFacts;
import io.pgvigil.archive.facts.ArchiveTap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DamagedArchiveTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final ArchiveVersion V14 = new ArchiveVersion(1, 14, 0);

    @ParameterizedTest
    @ValueSource(strings = {"pg15-pipe", "pg15-gzip", "pg17-pipe", "pg15-tiny-two-tables"})
    void a_cut_anywhere_is_noticed(String name) throws IOException {
        var archive = Golden.archive(name);
        var whole = ArchiveTap.read(Golden.whole(archive));

        for (var length = 0; length < archive.length; length++) {
            var cut = Arrays.copyOf(archive, length);
            var found =
                    catchThrowableOfType(
                            ArchiveException.class, () -> ArchiveTap.read(Golden.whole(cut)));
            assertThat(found).as("cut at %d", length).isNotNull();
            assertThat(found.offset()).as("cut at %d", length).isLessThanOrEqualTo(length);
            // Between two blocks the file looks whole; everywhere else it visibly ends early.
            var betweenBlocks = startsABlock(whole, length);
            assertThat(found.kind())
                    .as("cut at %d", length)
                    .isEqualTo(betweenBlocks ? INCOMPLETE : TRUNCATED);
        }
    }

    private static boolean startsABlock(ArchiveFacts facts, long offset) {
        return facts.blocks().stream().anyMatch(block -> block.offset() == offset);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pg15-tiny-two-tables", "pg15-pipe", "pg17-pipe"})
    void no_flipped_bit_in_the_data_passes_as_the_same_data(String name) throws IOException {
        var archive = Golden.archive(name);
        var whole = ArchiveTap.read(Golden.whole(archive));
        var data = whole.blocks().getFirst().offset();

        for (var bit = data * 8; bit < archive.length * 8L; bit++) {
            var flipped = flip(archive, bit);
            try {
                var facts = ArchiveTap.read(Golden.whole(flipped));
                assertThat(List.of(facts.tables(), facts.largeObjects()))
                        .as("bit %d", bit)
                        .isNotEqualTo(List.of(whole.tables(), whole.largeObjects()));
            } catch (ArchiveException expected) {
                assertThat(expected.offset()).isBetween(0L, (long) archive.length);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"pg15-tiny-two-tables, 1", "pg17-gzip, 7"})
    void no_flipped_bit_makes_the_reader_hang_or_fail_in_another_way(String name, int step) {
        var archive = Golden.archive(name);
        Assertions.assertTimeoutPreemptively(
                PATIENCE,
                () -> {
                    for (var bit = 0L; bit < archive.length * 8L; bit += step) {
                        var flipped = flip(archive, bit);
                        try {
                            ArchiveTap.read(Golden.whole(flipped));
                        } catch (ArchiveException expected) {
                            assertThat(expected.offset()).isBetween(0L, (long) archive.length);
                        }
                    }
                });
    }

    private static byte[] flip(byte[] archive, long bit) {
        var flipped = archive.clone();
        flipped[(int) (bit / 8)] ^= (byte) (1 << bit % 8);
        return flipped;
    }

    @Test
    void garbage_is_refused_quickly_whatever_it_is() {
        var random = new Random(20261122);
        var start = Arrays.copyOf(Golden.archive("pg15-pipe"), 400);
        Assertions.assertTimeoutPreemptively(
                PATIENCE,
                () -> {
                    for (var round = 0; round < 20_000; round++) {
                        var garbage = new byte[random.nextInt(1500)];
                        random.nextBytes(garbage);
                        // Small numbers look more like an archive than noise does.
                        for (var i = 0; i < garbage.length; i++)
                            if (random.nextInt(3) > 0) garbage[i] &= 3;
                        System.arraycopy(
                                start,
                                0,
                                garbage,
                                0,
                                Math.min(garbage.length, random.nextInt(start.length)));
                        assertThatThrownBy(() -> ArchiveTap.read(Golden.buffersOf(99, garbage)))
                                .isInstanceOf(ArchiveException.class);
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"tag", "chunk", "count"})
    void a_huge_declared_length_takes_no_memory(String where) throws IOException {
        var writer = new ArchiveWriter(V14).header();
        switch (where) {
            case "tag" ->
                    writer.integer(1)
                            .integer(7)
                            .integer(0)
                            .text("0")
                            .text("0")
                            .integer(2_000_000_000);
            case "count" -> writer.integer(10_000_000);
            default ->
                    writer.entries(ArchiveWriter.tableData(7, "t", "(a)"))
                            .octet(1)
                            .integer(7)
                            .integer(2_000_000_000);
        }
        var archive = writer.bytes();
        ArchiveTap.read(Golden.whole(Golden.archive("pg15-pipe")));
        var before = allocated();

        assertThatThrownBy(() -> ArchiveTap.read(Golden.whole(archive)))
                .isInstanceOf(ArchiveException.class);

        assertThat(allocated() - before).isLessThan(4 * 1024 * 1024);
    }

    @Test
    void a_text_that_really_is_huge_stops_at_the_limit() {
        var archive =
                new ArchiveWriter(V14)
                        .header()
                        .entries(ArchiveWriter.entry(7, "TABLE", "t", "x".repeat(5000), ""))
                        .bytes();

        assertThatThrownBy(() -> openWith(archive, new ArchiveLimits(10, 4999, 1_000_000)))
                .hasMessageContaining("has 5000 bytes; the limit is 4999");
        assertThatThrownBy(() -> openWith(archive, new ArchiveLimits(10, 5000, 5000)))
                .hasMessageContaining("more bytes than its limit of 5000");
        assertThatThrownBy(() ->
                        openWith(
                                Golden.archive("pg15-pipe"),
                                new ArchiveLimits(29, 5000, 1_000_000)))
                .hasMessageContaining("; the limit is 29");
    }

    @Test
    void endless_rows_of_one_table_are_streamed() throws IOException {
        var head =
                new ArchiveWriter(V14)
                        .header()
                        .entries(ArchiveWriter.tableData(7, "t", "(a)"))
                        .octet(1)
                        .integer(7)
                        .bytes();
        var chunk = new ArchiveWriter(V14).chunk(new byte[1 << 20]).bytes();
        var tail =
                new ArchiveWriter(V14).chunk("\n\\.\n\n\n".getBytes(US_ASCII)).integer(0).bytes();
        var sent = new int[1];
        // One row of 1 GB in chunks of 1 MB: longer than the heap of a small function.
        ArchiveInput input =
                () -> {
                    var turn = sent[0]++;
                    if (turn == 0) return ByteBuffer.wrap(head);
                    if (turn <= 1024) return ByteBuffer.wrap(chunk);
                    return turn == 1025 ? ByteBuffer.wrap(tail) : null;
                };
        var before = allocated();

        var facts = ArchiveTap.read(input);

        assertThat(facts.rows()).isEqualTo(1);
        assertThat(facts.tables().getFirst().bytes()).isEqualTo((1L << 30) + 1);
        assertThat(allocated() - before).isLessThan(32 * 1024 * 1024);
    }

    @Test
    void bytes_after_the_last_block_are_an_error() {
        var archive = Golden.archive("pg15-pipe");
        for (var octet : new int[] {0, 1, 3, 'P', 255}) {
            var longer = Arrays.copyOf(archive, archive.length + 1);
            longer[archive.length] = (byte) octet;
            assertThatThrownBy(() -> ArchiveTap.read(Golden.whole(longer)))
                    .isInstanceOf(ArchiveException.class);
        }
        var twice = Arrays.copyOf(archive, archive.length * 2);
        System.arraycopy(archive, 0, twice, archive.length, archive.length);
        assertThatThrownBy(() -> ArchiveTap.read(Golden.whole(twice)))
                .hasMessageContaining("a block of unknown type 80");
    }

    @Test
    void a_block_comes_once_and_only_for_an_entry_with_data() {
        var table = ArchiveWriter.tableData(7, "t", "(a)");
        var other = ArchiveWriter.entry(8, "TABLE", "t", "", "");

        assertThat(of(w(table, other).table(7, "\\.\n\n\n").table(7, "\\.\n\n\n")))
                .hasMessageContaining("a second block of entry 7 (TABLE DATA public.t)")
                .extracting("kind")
                .isEqualTo(DAMAGED);
        assertThat(of(w(table, other).table(8, "\\.\n\n\n")))
                .hasMessageContaining("entry 8, which has no data");
        assertThat(of(w(table, other).table(9, "\\.\n\n\n")))
                .hasMessageContaining("entry 9, which has no data");
        assertThat(of(w(table, other).octet(3).integer(7).integer(0)))
                .hasMessageContaining("is of type 3");
        assertThat(of(w(table, other)))
                .hasMessageContaining(
                        "without the data of 1 of 1 entries, the first of them entry 7")
                .extracting("kind")
                .isEqualTo(INCOMPLETE);
        assertThat(of(w(table, table).table(7, "\\.\n\n\n")))
                .hasMessageContaining("two entries have the id 7");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            textBlock =
                    """
                    'a|';                     do not end
                    '';                       do not end
                    'a|\\.';                  do not end
                    'a|\\.|';                 not followed by two empty lines
                    'a|\\.||';                not followed by two empty lines
                    'a|\\.||||';              something other than two empty lines
                    'a|\\.|b||';              something other than two empty lines
                    'a|\\.|||\\.|';           something other than two empty lines
                    'a|\\.|||b';              something other than two empty lines
                    """)
    void copy_text_ends_exactly_as_pg_dump_ends_it(String text, String complaint) {
        var rows = text.replace("|", "\n").replace("\\\\", "\\");
        var table = ArchiveWriter.tableData(7, "t", "(a)");

        assertThat(of(w(table).table(7, rows))).hasMessageContaining(complaint);
        // The same in chunks of one byte.
        var bytes = rows.chars().mapToObj(Character::toString).toArray(String[]::new);
        assertThat(of(w(table).table(7, bytes))).hasMessageContaining(complaint);
    }

    @Test
    void a_row_of_an_inheritance_child_has_as_many_fields_as_columns() {
        var child = ArchiveWriter.entry(6, "TABLE", "t", "CREATE TABLE t ()\nINHERITS (p);\n", "");
        var data = ArchiveWriter.tableData(7, "t", "(b, a)");

        for (var row : List.of("1\n", "1\t2\t3\n", "\n"))
            assertThat(of(w(child, data).table(7, row, "\\.\n\n\n")))
                    .hasMessageContaining("a row does not have 2 fields in TABLE DATA public.t");
    }

    @Test
    void gzip_data_is_one_zlib_stream_and_nothing_more() throws IOException {
        var table = ArchiveWriter.tableData(7, "t", "(a)");
        var zlib = deflated("1\n\\.\n\n\n");
        var start = Arrays.copyOf(zlib, 4);
        var rest = Arrays.copyOfRange(zlib, 4, zlib.length);
        var nothing = new byte[] {0};

        assertThat(ArchiveTap.read(Golden.whole(gzip(table, start, rest).bytes())).rows())
                .isEqualTo(1);
        assertThat(of(gzip(table, zlib, nothing)))
                .hasMessageContaining("bytes after the zlib data");
        assertThat(of(gzip(table, Arrays.copyOf(zlib, zlib.length + 1))))
                .hasMessageContaining("bytes after the zlib data");
        assertThat(of(gzip(table, start))).hasMessageContaining("ends early");
        assertThat(of(gzip(table))).hasMessageContaining("ends early");
        assertThat(of(gzip(table, nothing, zlib))).hasMessageContaining("not valid zlib data");
    }

    private static ArchiveWriter gzip(TocEntry table, byte[]... chunks) {
        return new ArchiveWriter(V14).header("gzip").entries(table).table(7, List.of(chunks));
    }

    private static byte[] deflated(String text) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var zlib = new DeflaterOutputStream(out)) {
            zlib.write(text.getBytes(US_ASCII));
        }
        return out.toByteArray();
    }

    @Test
    void a_large_object_comes_once_and_with_its_data() {
        var one = ArchiveWriter.entry(5, "BLOB", "16", "", "");
        var objects = ArchiveWriter.entry(6, "BLOBS", "BLOBS", "", "");

        assertThat(
                        of(
                                w(one, objects)
                                        .octet(3)
                                        .integer(6)
                                        .integer(16)
                                        .integer(0)
                                        .integer(16)
                                        .integer(0)
                                        .integer(0)))
                .hasMessageContaining("large object 16 comes twice");
        assertThat(of(w(one, objects).octet(3).integer(6).integer(0)))
                .hasMessageContaining("large object 16 is announced, but its data is not there");
    }

    @Test
    void data_that_is_not_copy_text_is_refused_by_name() {
        assertThatThrownBy(() -> ArchiveTap.read(Golden.whole(Golden.archive("pg15-tiny-inserts"))))
                .hasMessageContaining("was it dumped with --inserts?")
                .extracting("kind")
                .isEqualTo(UNSUPPORTED_CONTENT);
    }

    @Test
    void a_block_that_is_not_where_the_table_of_contents_says_is_noticed() throws IOException {
        var archive = Golden.archive("pg15-file-with-offsets");
        var reader = ArchiveReader.open(Golden.whole(archive));
        var data = (int) reader.dataOffset();
        // Two blocks in the other order, each sound in itself.
        var blocks = ArchiveTap.read(Golden.whole(archive)).blocks();
        var first = blocks.get(0);
        var second = blocks.get(1);
        var swapped = archive.clone();
        System.arraycopy(archive, (int) second.offset(), swapped, data, (int) second.length());
        System.arraycopy(
                archive, data, swapped, data + (int) second.length(), (int) first.length());

        assertThatThrownBy(() -> ArchiveTap.read(Golden.whole(swapped)))
                .hasMessageContaining("should be at byte " + second.offset());
    }

    @Test
    void other_files_are_refused_for_what_they_are() {
        assertThatThrownBy(() -> openWith(new byte[0], ArchiveLimits.STANDARD))
                .extracting("kind")
                .isEqualTo(TRUNCATED);
        assertThatThrownBy(
                        () -> openWith("-- PostgreSQL".getBytes(US_ASCII), ArchiveLimits.STANDARD))
                .hasMessageContaining("not a PostgreSQL archive");
        var directory = Golden.archive("pg15-pipe");
        directory[10] = 5;
        assertThatThrownBy(() -> openWith(directory, ArchiveLimits.STANDARD))
                .hasMessageContaining("not pg_dump's custom format");
    }

    private static ArchiveWriter w(TocEntry... entries) {
        return new ArchiveWriter(V14).header().entries(entries);
    }

    private static ArchiveException of(ArchiveWriter writer) {
        var archive = writer.bytes();
        var thrown =
                catchThrowableOfType(
                        ArchiveException.class, () -> ArchiveTap.read(Golden.whole(archive)));
        assertThat(thrown).isNotNull();
        return thrown;
    }

    private static ArchiveReader openWith(byte[] archive, ArchiveLimits limits) throws IOException {
        return ArchiveReader.open(Golden.whole(archive), BlockListener.NONE, limits);
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean)
                        java.lang.management.ManagementFactory.getThreadMXBean())
                .getCurrentThreadAllocatedBytes();
    }
}
