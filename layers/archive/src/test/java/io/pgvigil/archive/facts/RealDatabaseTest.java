package io.pgvigil.archive.facts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.archive.ArchiveException;
import io.pgvigil.archive.ArchiveInput;
import io.pgvigil.archive.Golden;
import io.pgvigil.archive.TocEntry;
import io.pgvigil.testkit.TestServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against archives that pg_dump writes here and now.
@SuppressWarnings("NullAway.Init") // JUnit fills the fields.
final class RealDatabaseTest {
    private static TestServer server;
    private static byte[] archive;
    private static ArchiveFacts facts;

    @TempDir private Path folder;

    @BeforeAll
    static void dump() throws Exception {
        server = TestServer.start();
        server.sql("postgres", "CREATE DATABASE orders");
        server.sql("orders", SCHEMA);
        archive = pgDump("orders");
        facts = ArchiveTap.read(Golden.whole(archive));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void counts_the_rows_that_the_database_counts() {
        var counted = new HashMap<String, Long>();
        for (var table : facts.tables()) {
            var name = quoted(table.schema()) + "." + quoted(table.table());
            counted.put(
                    name,
                    Long.parseLong(server.sql("orders", "SELECT count(*) FROM ONLY " + name)));
        }

        assertThat(counted).hasSize(16).containsValue(60_000L).containsValue(0L);
        assertThat(rowsByName()).isEqualTo(counted);
    }

    @Test
    void sizes_and_owners_of_large_objects_are_those_of_the_database() {
        var objects =
                server.sql(
                        "orders",
                        "SELECT oid, lomowner::regrole, length(lo_get(oid)) FROM"
                                + " pg_largeobject_metadata ORDER BY oid");

        assertThat(facts.largeObjects())
                .extracting(o -> o.oid() + "|" + o.owner() + "|" + o.size())
                .containsExactlyElementsOf(objects.lines().toList())
                .contains("3000000001|postgres|100000", "20|lo_owner|0");
    }

    @Test
    void a_restored_database_has_the_same_facts() throws Exception {
        server.sql("postgres", "CREATE DATABASE restored");
        server.program("pg_restore", "-d", "restored", file(archive).toString());

        var restored = ArchiveTap.read(Golden.whole(pgDump("restored")));

        // The restored child has another column order, and leaves of an enum's hash may swap rows.
        assertThat(byRoot(restored)).isEqualTo(byRoot(facts));
        assertThat(restored.largeObjects()).isEqualTo(facts.largeObjects());
        assertThat(columns(restored, "child")).isNotEqualTo(columns(facts, "child"));

        server.sql("restored", "UPDATE app.child SET own = own || '.' WHERE z = 1");
        assertThat(byRoot(ArchiveTap.read(Golden.whole(pgDump("restored")))))
                .isNotEqualTo(byRoot(facts));
    }

    @Test
    void one_table_is_restored_from_the_table_of_contents_and_its_own_block() throws Exception {
        var wanted =
                facts.tables().stream()
                        .filter(t -> t.table().equals("many"))
                        .findFirst()
                        .orElseThrow();
        var small = spliced(Splice.of(facts, Set.of(wanted.dumpId())));
        assertThat(small.length).isLessThan(archive.length);
        server.sql("postgres", "CREATE DATABASE one_table");
        server.sql("one_table", "CREATE SCHEMA app");

        server.program(
                "pg_restore", "-d", "one_table", "-n", "app", "-t", "many", file(small).toString());

        assertThat(server.sql("one_table", CHECKSUM_OF_MANY))
                .isEqualTo(server.sql("orders", CHECKSUM_OF_MANY));
    }

    @Test
    void several_tables_are_restored_with_a_list_and_the_rest_is_not_there() throws Exception {
        var wanted = Set.of("many", "typed", "late");
        var ids =
                facts.tables().stream()
                        .filter(table -> wanted.contains(table.table()))
                        .map(TableFacts::dumpId)
                        .collect(Collectors.toSet());
        var list = new ArrayList<String>();
        for (var entry : facts.entries())
            if (ids.contains(entry.dumpId())
                    || wanted.contains(entry.tag()) && isTable(entry)
                    || TYPES.contains(entry.tag()))
                list.add(entry.dumpId() + "; 0 0 " + entry.desc());
        var listFile = Files.write(folder.resolve("list"), list);
        var small = spliced(Splice.of(facts, ids));
        server.sql("postgres", "CREATE DATABASE three_tables");
        server.sql("three_tables", "CREATE SCHEMA app");

        server.program(
                "pg_restore",
                "-d",
                "three_tables",
                "-L",
                listFile.toString(),
                file(small).toString());

        assertThat(server.sql("three_tables", CHECKSUM_OF_MANY))
                .isEqualTo(server.sql("orders", CHECKSUM_OF_MANY));
        assertThat(server.sql("three_tables", "SELECT count(*) FROM app.typed")).isEqualTo("3");
        assertThat(server.sql("three_tables", "SELECT count(*) FROM app.late")).isEqualTo("1");
        // It is not a backup, and does not pass for one.
        assertThatThrownBy(() -> ArchiveTap.read(Golden.whole(small)))
                .isInstanceOf(ArchiveException.class)
                .hasMessageContaining("without the data of");
    }

    @Test
    void a_cut_of_a_larger_archive_is_noticed() throws IOException {
        var random = new Random(20261122);
        var lengths = new ArrayList<Integer>();
        for (var round = 0; round < 100; round++) lengths.add(random.nextInt(archive.length));
        for (var block : facts.blocks())
            for (var offset : List.of(-1, 0, 1, 6)) lengths.add((int) block.offset() + offset);

        for (var length : lengths) {
            var cut = new ByteArrayInputStream(archive, 0, length);
            assertThatThrownBy(() -> ArchiveTap.read(ArchiveInput.of(cut)))
                    .as("cut at %d", length)
                    .isInstanceOf(ArchiveException.class);
        }
    }

    @Test
    void flipped_bits_in_the_data_of_a_larger_archive_are_noticed() throws IOException {
        var random = new Random(20261123);
        var start = (int) Splice.prologBytes(facts);
        for (var round = 0; round < 100; round++) {
            var flipped = archive.clone();
            var at = start + random.nextInt(archive.length - start);
            flipped[at] ^= (byte) (1 << random.nextInt(8));
            try {
                var other = ArchiveTap.read(Golden.whole(flipped));
                assertThat(List.of(other.tables(), other.largeObjects()))
                        .as("byte %d", at)
                        .isNotEqualTo(List.of(facts.tables(), facts.largeObjects()));
            } catch (ArchiveException expected) {
                assertThat(expected.offset()).isBetween((long) start, (long) archive.length);
            }
        }
    }

    private static boolean isTable(TocEntry entry) {
        return entry.desc().equals("TABLE");
    }

    private static Map<String, Long> rowsByName() {
        return facts.tables().stream()
                .collect(
                        Collectors.toMap(
                                table -> quoted(table.schema()) + "." + quoted(table.table()),
                                TableFacts::rows));
    }

    /// Rows, bytes and fingerprint for each root, as a comparison must see them.
    private static Map<String, List<?>> byRoot(ArchiveFacts facts) {
        return facts.tables().stream()
                .collect(
                        Collectors.toMap(
                                TableFacts::root,
                                table -> List.of(table.rows(), table.bytes(), table.fingerprint()),
                                RealDatabaseTest::sum));
    }

    private static List<?> sum(List<?> one, List<?> other) {
        return List.of(
                (Long) one.get(0) + (Long) other.get(0),
                (Long) one.get(1) + (Long) other.get(1),
                ((Fingerprint) one.get(2)).plus((Fingerprint) other.get(2)));
    }

    private static List<String> columns(ArchiveFacts facts, String table) {
        return facts.tables().stream()
                .filter(each -> each.table().equals(table))
                .findFirst()
                .orElseThrow()
                .columns();
    }

    private static String quoted(String name) {
        return "\"" + name.replace("\"", "\"\"") + "\"";
    }

    private static byte[] spliced(Splice splice) {
        var out = new ByteArrayOutputStream();
        for (var range : splice.ranges())
            out.write(archive, (int) range.offset(), (int) range.length());
        assertThat((long) out.size()).isEqualTo(splice.bytes());
        return out.toByteArray();
    }

    private Path file(byte[] bytes) throws IOException {
        return Files.write(folder.resolve(Arrays.hashCode(bytes) + ".pgdump"), bytes);
    }

    /// To a pipe, as a backup does it.
    private static byte[] pgDump(String database) throws Exception {
        var builder =
                new ProcessBuilder(
                                server.bin().resolve("pg_dump").toString(),
                                "--format=custom",
                                "--compress=0",
                                "--dbname=" + server.url(database))
                        .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("PGPASSWORD", TestServer.PASSWORD);
        var process = builder.start();
        var archive = process.getInputStream().readAllBytes();
        assertThat(process.waitFor()).isZero();
        return archive;
    }

    private static final Set<String> TYPES = Set.of("mood", "positive");

    private static final String CHECKSUM_OF_MANY =
            "SELECT count(*), md5(string_agg(m::text, '|' ORDER BY id)) FROM app.many m";

    private static final String SCHEMA =
            """
            CREATE SCHEMA app;
            CREATE TYPE app.mood AS ENUM ('sad', 'ok');
            CREATE DOMAIN app.positive AS int CHECK (VALUE > 0);
            CREATE TABLE app.many (id int, note text, at timestamptz);
            INSERT INTO app.many SELECT i, repeat(chr(32 + i % 90), i % 50), to_timestamp(i)
              FROM generate_series(1, 60000) i;
            CREATE TABLE app.typed (i int[], t text[][], b bytea, f float8, n numeric, j jsonb, r int4range,
              m app.mood, p app.positive, u uuid, x xml, iv interval, bits bit varying, net inet);
            INSERT INTO app.typed VALUES
              ('[0:1]={1,2}', '{{a,"b,c"},{NULL,"\\\\N"}}', decode(repeat('000a095c2e', 1000), 'hex'), 'NaN',
               'Infinity', '{"a": "\\n\\t"}', '[1,5)', 'sad', 7, gen_random_uuid(), '<a/>', '1 mon -3 days', B'0101',
               '10.0.0.0/8'),
              ('{}', '{}', '', '-0', 1e100, 'null', 'empty', 'ok', 1, NULL, NULL, '0', B'', '::1');
            INSERT INTO app.typed DEFAULT VALUES;
            CREATE TABLE app.dots (v text);
            INSERT INTO app.dots VALUES ('\\.'), ('.'), ('\\'), (E'\\n\\\\.\\n'), (''), (NULL), ('\\N'), (E'a\\rb');
            CREATE TABLE app.none ();
            INSERT INTO app.none SELECT FROM generate_series(1, 37);
            CREATE TABLE app.generated (a int GENERATED ALWAYS AS (1) STORED);
            INSERT INTO app.generated SELECT FROM generate_series(1, 5);
            CREATE TABLE app.empty (a int, b text);
            CREATE TABLE app.late (d date);
            INSERT INTO app.late VALUES ('2026-11-22');
            CREATE TABLE app.wide (a text, b text);
            INSERT INTO app.wide VALUES (repeat('w', 3000000), 'end'), ('short', repeat(E'\\t', 700000));
            CREATE SCHEMA "Odd ""Schema";
            CREATE TABLE "Odd ""Schema"."line
            break	tab" ("a, b" int, "c""d)" text, "(" text);
            INSERT INTO "Odd ""Schema"."line
            break	tab" VALUES (1, 'one', E'\\t'), (2, 'zwölf', E'\\n');
            CREATE TABLE app.parent (z int, a int);
            CREATE TABLE app.child (own text) INHERITS (app.parent);
            ALTER TABLE app.parent ADD COLUMN late int DEFAULT 5;
            INSERT INTO app.child (z, a, own) SELECT i, -i, 'c' || i FROM generate_series(1, 100) i;
            INSERT INTO app.parent SELECT i, i FROM generate_series(1, 10) i;
            CREATE TABLE app.hashed (m app.mood, n int) PARTITION BY HASH (m);
            CREATE TABLE app.hashed_0 PARTITION OF app.hashed FOR VALUES WITH (MODULUS 3, REMAINDER 0);
            CREATE TABLE app.hashed_1 (n int, m app.mood);
            ALTER TABLE app.hashed ATTACH PARTITION app.hashed_1 FOR VALUES WITH (MODULUS 3, REMAINDER 1);
            CREATE TABLE app.hashed_2 PARTITION OF app.hashed FOR VALUES WITH (MODULUS 3, REMAINDER 2);
            INSERT INTO app.hashed SELECT (ARRAY['sad', 'ok'])[1 + i % 2]::app.mood, i FROM generate_series(1, 50) i;
            CREATE TABLE app.ranged (d date, v int) PARTITION BY RANGE (d);
            CREATE TABLE app.ranged_25 PARTITION OF app.ranged FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
            CREATE TABLE app.ranged_26 PARTITION OF app.ranged FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
            INSERT INTO app.ranged SELECT '2025-12-01'::date + i, i FROM generate_series(1, 60) i;
            CREATE ROLE lo_owner;
            SELECT lo_from_bytea(3000000001, decode(repeat('00ff0a', 33333) || '00', 'hex')),
              lo_from_bytea(20, ''), lo_from_bytea(21, 'twenty-one'), lo_from_bytea(4294967295, 'last');
            ALTER LARGE OBJECT 20 OWNER TO lo_owner;
            """;
}
