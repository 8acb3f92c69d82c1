package io.pgvigil.archive.facts;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.archive.ArchiveLimits;
import io.pgvigil.archive.ArchiveVersion;
import io.pgvigil.archive.ArchiveWriter;
import io.pgvigil.archive.BlockListener;
import io.pgvigil.archive.Golden;
import io.pgvigil.archive.TocEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ArchiveTapTest {

    @Test
    void tells_rows_bytes_and_columns_of_every_table() throws IOException {
        var facts = read("pg15-pipe");

        assertThat(facts.tables())
                .extracting(t -> t.root() + " " + t.rows() + " " + t.bytes() + " " + t.columns())
                .containsExactly(
                        "\"odd \"\"schema\"\"\".\"line\nbreak\ttab\" 2 15 [a, b, c\"d)]",
                        "public.child 2 22 [z, a, own, late]",
                        "public.empty_one 0 0 [a]",
                        "public.moods 2 12 [m, n]",
                        "public.moods 2 13 [n, m]",
                        "public.no_columns 2 2 []",
                        "public.parent 0 0 [z, a, late]",
                        "public.plain 3 85 [id, note, amounts, raw]");
        assertThat(facts.rows()).isEqualTo(13);
        assertThat(facts.archiveBytes()).isEqualTo(Golden.archive("pg15-pipe").length);
    }

    @Test
    void sorts_the_fields_of_inheritance_children_and_of_rows_loaded_via_the_root()
            throws IOException {
        var facts = read("pg15-pipe");

        assertThat(facts.tables().stream().filter(TableFacts::sorted))
                .extracting(TableFacts::table)
                .containsExactly("child", "moods_0", "moods_1");
        assertThat(facts.tables().stream().filter(TableFacts::viaRoot))
                .extracting(TableFacts::table)
                .containsExactly("moods_0", "moods_1");
    }

    @Test
    void tells_size_and_owner_of_every_large_object_in_both_ways_of_writing_them()
            throws IOException {
        var before17 = read("pg15-pipe").largeObjects();

        assertThat(before17)
                .extracting(o -> o.oid() + " " + o.owner() + " " + o.size())
                .containsExactly("16 postgres 0", "17 golden_owner 9", "3000000001 postgres 4");
        assertThat(read("pg17-pipe").largeObjects()).isEqualTo(before17);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pg15-file-with-offsets", "pg15-gzip", "pg17-pipe", "pg17-gzip"})
    void facts_do_not_depend_on_the_way_of_writing(String name) throws IOException {
        var plain = read("pg15-pipe");
        var other = read(name);

        assertThat(other.tables())
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("dumpId")
                .containsExactlyInAnyOrderElementsOf(plain.tables());
        assertThat(other.largeObjects()).isEqualTo(plain.largeObjects());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 64, 1021})
    void facts_do_not_depend_on_buffers(int size) throws IOException {
        var archive = Golden.archive("pg15-pipe");

        assertThat(ArchiveTap.read(Golden.buffersOf(size, archive))).isEqualTo(read("pg15-pipe"));
    }

    @Test
    void facts_do_not_depend_on_chunks() throws IOException {
        var table = ArchiveWriter.tableData(7, "t", "(a, b)");
        var text = "1\tone\n2\ttwo\n\\\\.\t\n\\.\n\n\n";
        var letters = text.chars().mapToObj(Character::toString).toArray(String[]::new);

        assertThat(tables(archive(table).table(7, letters)))
                .isEqualTo(tables(archive(table).table(7, text)))
                .first()
                .extracting(TableFacts::rows)
                .isEqualTo(3L);
    }

    @Test
    void progress_and_blocks_are_told_on_the_way() throws IOException {
        var archive = Golden.archive("pg15-pipe");
        var seen = new ArrayList<String>();
        var starts = new ArrayList<Long>();
        var tap =
                new ArchiveTap(
                        new BlockListener() {
                            @Override
                            public void blockStarts(long offset) {
                                starts.add(offset);
                            }
                        },
                        (bytes, rows, entry) ->
                                seen.add(bytes + " " + rows + " " + entry.map(e -> e.tag())),
                        ArchiveLimits.STANDARD);

        var facts = tap.drain(Golden.buffersOf(500, archive));

        assertThat(seen).startsWith("0 0 Optional.empty", "500 0 Optional.empty");
        assertThat(seen).endsWith(archive.length + " 13 Optional[BLOBS]");
        assertThat(seen).hasSize((archive.length + 499) / 500 + 1);
        assertThat(facts.blocks()).extracting(ArchiveFacts.BlockPosition::offset).isEqualTo(starts);
        // Without a gap, from the end of the table of contents to the archive's last byte.
        var position = Splice.prologBytes(facts);
        for (var block : facts.blocks()) {
            assertThat(block.offset()).isEqualTo(position);
            position += block.length();
        }
        assertThat(position).isEqualTo(archive.length);
    }

    @Test
    void the_fingerprint_is_the_published_xxh3_of_each_line() throws IOException {
        // The published test vector for XXH3-128 of nothing; two rows of it are twice the number.
        var nothing = Fingerprint.parse("99aa06d3014798d86001c324468d497f");
        var empty = RowSum.XXH3.hashBytesTo128Bits(new byte[0]);

        assertThat(new Fingerprint(empty.getMostSignificantBits(), empty.getLeastSignificantBits()))
                .isEqualTo(nothing);
        assertThat(read("pg15-pipe").tables().get(5).fingerprint())
                .isEqualTo(nothing.plus(nothing));
    }

    @Test
    void the_example_of_the_documentation_holds() throws IOException {
        var plain = ArchiveWriter.tableData(7, "plain", "(id, note)");
        var child = ArchiveWriter.entry(8, "TABLE", "child", "CREATE TABLE …\nINHERITS (p);\n", "");
        var sorted = ArchiveWriter.tableData(9, "child", "(note, id)");

        var facts =
                tables(
                        archive(plain, child, sorted)
                                .table(7, "1\tone\n", "2\t\\N\n", "\\.\n\n\n")
                                .table(9, "one\t1\n", "\\N\t2\n", "\\.\n\n\n"));

        var page = documentation();
        assertThat(page)
                .contains(
                        "| `1→one` | `" + hash("1\tone") + "`",
                        "| `2→\\N` | `" + hash("2\t\\N") + "`");
        assertThat(page).contains("**" + facts.get(0).fingerprint() + "**");
        assertThat(page).contains("**" + facts.get(1).fingerprint() + "**");
    }

    private static String documentation() throws IOException {
        var folder = Path.of("").toAbsolutePath();
        // Tests run in the module's folder or in the project's.
        while (Files.notExists(folder.resolve("pom.xml"))
                || Files.notExists(folder.resolve("docs/fingerprint.md")))
            folder = Objects.requireNonNull(folder.getParent(), "docs/fingerprint.md");
        return Files.readString(folder.resolve("docs/fingerprint.md"));
    }

    private static Fingerprint hash(String row) {
        var hash = RowSum.XXH3.hashBytesTo128Bits(row.getBytes(US_ASCII));
        return new Fingerprint(hash.getMostSignificantBits(), hash.getLeastSignificantBits());
    }

    private static ArchiveWriter archive(TocEntry... entries) {
        return new ArchiveWriter(new ArchiveVersion(1, 14, 0)).header().entries(entries);
    }

    private static List<TableFacts> tables(ArchiveWriter writer) throws IOException {
        return ArchiveTap.read(Golden.whole(writer.bytes())).tables();
    }

    private static ArchiveFacts read(String name) throws IOException {
        return ArchiveTap.read(Golden.whole(Golden.archive(name)));
    }
}
