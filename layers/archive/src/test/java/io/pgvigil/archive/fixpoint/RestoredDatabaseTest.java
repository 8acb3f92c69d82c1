package io.pgvigil.archive.fixpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.archive.ArchiveInput;
import io.pgvigil.archive.TocEntry;
import io.pgvigil.archive.facts.ArchiveFacts;
import io.pgvigil.archive.facts.ArchiveTap;
import io.pgvigil.testkit.TestServer;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A database full of traps, restored into another cluster by stock tools and dumped again: equal.
/// Damaged in one place: named.
final class RestoredDatabaseTest {
    private static final String PINNED =
            "-c TimeZone=UTC -c bytea_output=hex -c lc_monetary=C -c quote_all_identifiers=off";

    @TempDir static Path folder;

    private static TestServer source;
    private static TestServer target;
    private static ArchiveFacts original;
    private static ArchiveFacts restored;
    private static ArchiveFacts third;
    private static String globals;
    private static String restoredGlobals;

    @BeforeAll
    static void restoreIntoAnotherCluster() throws Exception {
        source = TestServer.start();
        // Every setting that would change the text of a dump is another one here.
        target =
                TestServer.start(
                        "timezone = 'Asia/Tokyo'",
                        "bytea_output = escape",
                        "quote_all_identifiers = on",
                        "allow_in_place_tablespaces = on",
                        "autovacuum = off");
        source.sqlFile("postgres", resource("cluster.sql"));
        source.sqlFile("shop", resource("shop.sql"));

        var archive = dump(source, "shop", "first");
        original = read(archive);
        globals = dumpGlobals(source, "globals");

        // The superuser exists already: its CREATE ROLE is the one statement that may fail.
        var sql = folder.resolve("globals-for-target.sql");
        Files.writeString(sql, globals.replaceAll("LOCATION '[^']*'", "LOCATION ''"));
        run(target, "psql", "-X", "-q", "-d", "postgres", "-f", sql.toString());
        run(
                target,
                "pg_restore",
                "--exit-on-error",
                "--create",
                "--dbname=postgres",
                archive.toString());

        var second = dump(target, "shop", "second");
        restored = read(second);
        restoredGlobals = dumpGlobals(target, "globals-again");
        target.sql("postgres", "CREATE DATABASE scratch");
        run(
                target,
                "pg_restore",
                "--exit-on-error",
                "--schema-only",
                "--dbname=scratch",
                second.toString());
        third = read(dump(target, "scratch", "third", "--schema-only"));

        target.sql("postgres", "ALTER DATABASE shop RENAME TO pristine");
    }

    @AfterAll
    static void stop() {
        if (source != null) source.close();
        if (target != null) target.close();
    }

    @Test
    void a_restored_database_full_of_traps_is_equal() {
        var comparison = Fixpoint.compare(original, restored, Optional.of(third));

        assertThat(comparison.differences()).extracting(Difference::line).isEmpty();
        assertThat(comparison.equal().rows()).isEqualTo(original.rows());
        assertThat(comparison.equal().tables()).isEqualTo(original.tables().size());
        assertThat(comparison.equal().largeObjects()).isEqualTo(4);
        assertThat(comparison.equal().entryCount())
                .isEqualTo(
                        Math.toIntExact(
                                original.entries().stream()
                                                .filter(e -> !LargeObjects.covers(e))
                                                .count()
                                        - comparison.rewritten().size()));
    }

    @Test
    void only_the_views_with_unnamed_columns_are_rewritten() {
        var comparison = Fixpoint.compare(original, restored, Optional.of(third));

        assertThat(comparison.rewritten())
                .extracting(Comparison.Rewritten::object)
                .containsExactly("VIEW app.in_exists", "VIEW app.in_set_operation");
    }

    @Test
    void without_the_third_generation_these_views_differ_and_ask_for_it() {
        var comparison = Fixpoint.compare(original, restored);

        assertThat(comparison.differences())
                .extracting(Difference::object)
                .containsExactly("VIEW app.in_exists", "VIEW app.in_set_operation");
        assertThat(comparison.thirdGenerationWanted()).isTrue();
    }

    @Test
    void what_equality_does_not_show_is_said() {
        var comparison = Fixpoint.compare(original, restored, Optional.of(third));

        assertThat(comparison.unproven())
                .extracting(Comparison.Unproven::object)
                .containsExactlyInAnyOrder(
                        "TABLE DATA app.dogs", "TABLE DATA app.puppies", "TABLE DATA app.moods");
    }

    @Test
    void the_traps_are_really_in_the_archives() {
        // A trap that the server no longer springs would make the test above prove nothing.
        assertThat(raw(original, "DOMAIN", "rating"))
                .isNotEqualTo(raw(restored, "DOMAIN", "rating"));
        for (var key :
                List.of(
                        "TABLE customers",
                        "TABLE dogs",
                        "TABLE parted",
                        "INDEX orders_open",
                        "INDEX orders_is_open",
                        "VIEW open_orders",
                        "MATERIALIZED VIEW closed_orders",
                        "POLICY orders own_orders",
                        "TRIGGER orders orders_note",
                        "STATISTICS orders_states",
                        "FUNCTION is_open(character varying)",
                        "RULE customers no_delete"))
            assertThat(raw(original, key)).as(key).isNotEqualTo(raw(restored, key));
        assertThat(original.tables()).anyMatch(table -> table.viaRoot());
    }

    @Test
    void the_restored_globals_are_equal() {
        assertThat(Globals.compare(globals, restoredGlobals, Set.of()))
                .extracting(Difference::line)
                .isEmpty();
    }

    @Test
    void a_changed_role_is_named_without_its_password() {
        target.sql("postgres", "ALTER ROLE alice PASSWORD 'another'; REVOKE reader FROM alice");
        try {
            assertThat(Globals.compare(globals, dumpGlobals(target, "changed"), Set.of()))
                    .extracting(Difference::line)
                    .containsExactly(
                            "MEMBERSHIP OF alice IN reader: missing",
                            "ROLE alice ATTRIBUTES: secret differs");
        } finally {
            run(
                    target,
                    "psql",
                    "-X",
                    "-q",
                    "-d",
                    "postgres",
                    "-f",
                    folder.resolve("globals-for-target.sql").toString());
        }
    }

    /// @param object the one object that must be named
    record Damage(String what, String sql, String... object) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Damage> damages() {
        return Stream.of(
                // Data
                new Damage(
                        "a row is lost",
                        "DELETE FROM app.orders WHERE id = 7",
                        "TABLE DATA app.orders"),
                new Damage(
                        "a value is changed",
                        "UPDATE app.orders SET total = total + 0.01 WHERE id = 7",
                        "TABLE DATA app.orders"),
                new Damage(
                        "two rows swap a value",
                        "UPDATE app.orders SET total = 15 - total WHERE id IN (7, 8)",
                        "TABLE DATA app.orders"),
                new Damage(
                        "two columns swap their values",
                        "UPDATE app.orders SET total = cost, cost = total WHERE id = 7",
                        "TABLE DATA app.orders"),
                new Damage(
                        "two tables swap a value",
                        "UPDATE app.copies SET note = 'x' WHERE id = 7; UPDATE app.orders SET note = 'x' WHERE id = 7",
                        "TABLE DATA app.copies",
                        "TABLE DATA app.orders"),
                new Damage(
                        "a null becomes an empty text",
                        "UPDATE app.orders SET note = '' WHERE id = 7",
                        "TABLE DATA app.orders"),
                new Damage(
                        "an inheritance child's value moves to another column",
                        "UPDATE app.puppies SET id = age, age = id, legs = 3 WHERE id = 2",
                        "TABLE DATA app.puppies"),
                new Damage(
                        "a row of a hash partition is lost",
                        "DELETE FROM app.moods WHERE mood = 'odd' AND n = 1",
                        "TABLE DATA app.moods"),
                new Damage(
                        "a row of a hash partition is doubled",
                        "INSERT INTO app.moods VALUES ('odd', 1)",
                        "TABLE DATA app.moods"),
                new Damage("a table is emptied", "TRUNCATE app.copies", "TABLE DATA app.copies"),
                new Damage(
                        "a row without columns is lost",
                        "TRUNCATE app.no_columns",
                        "TABLE DATA app.no_columns"),
                new Damage(
                        "minus zero becomes zero",
                        "UPDATE app.scratch SET x = 0 WHERE x = 0",
                        "TABLE DATA app.scratch"),
                new Damage(
                        "a sequence moves on",
                        "SELECT nextval('app.numbers')",
                        "SEQUENCE SET app.numbers"),
                new Damage(
                        "a sequence is called",
                        "SELECT setval('app.unused', 1, true)",
                        "SEQUENCE SET app.unused"),
                new Damage(
                        "a byte of a large object changes",
                        "SELECT lo_put(90001, 1, 'a')",
                        "LARGE OBJECT 90001"),
                new Damage(
                        "a large object is lost",
                        "SELECT lo_unlink(3000000001)",
                        "LARGE OBJECT 3000000001"),
                new Damage(
                        "a large object appears", "SELECT lo_create(90009)", "LARGE OBJECT 90009"),

                // Privileges and owners
                new Damage(
                        "a grant on a table is lost",
                        "REVOKE SELECT ON app.orders FROM reader",
                        "ACL app.TABLE orders"),
                new Damage(
                        "a grant on a column is lost",
                        "REVOKE UPDATE (total) ON app.orders FROM reader",
                        "ACL app.COLUMN orders.total"),
                new Damage(
                        "a grant by another grantor is lost",
                        "SET ROLE bob; REVOKE SELECT ON app.orders FROM \"Odd; role\"",
                        "ACL app.TABLE orders"),
                new Damage(
                        "a default privilege is lost",
                        "ALTER DEFAULT PRIVILEGES FOR ROLE bob IN SCHEMA app REVOKE SELECT ON TABLES FROM reader",
                        "DEFAULT ACL app.DEFAULT PRIVILEGES FOR TABLES of bob"),
                new Damage(
                        "a grant on a large object is lost",
                        "REVOKE SELECT ON LARGE OBJECT 90002 FROM reader",
                        "LARGE OBJECT 90002"),
                new Damage(
                        "a large object changes hands",
                        "ALTER LARGE OBJECT 90001 OWNER TO bob",
                        "COMMENT LARGE OBJECT 90001",
                        "LARGE OBJECT 90001"),
                new Damage(
                        "a table changes hands",
                        "ALTER TABLE app.copies OWNER TO bob",
                        "TABLE DATA app.copies",
                        "TABLE app.copies"),
                new Damage(
                        "a setting of a role in the database is lost",
                        "ALTER ROLE reader IN DATABASE shop RESET ALL",
                        "DATABASE PROPERTIES shop"),
                new Damage(
                        "row security is off",
                        "ALTER TABLE app.orders DISABLE ROW LEVEL SECURITY",
                        "ROW SECURITY app.orders"),
                new Damage(
                        "a policy gives more",
                        "DROP POLICY own_orders ON app.orders; CREATE POLICY own_orders ON app.orders USING (state IN ('new', 'paid')); ALTER TABLE app.orders OWNER TO alice",
                        "POLICY app.orders own_orders"),

                // Definitions
                new Damage(
                        "a trigger is lost",
                        "DROP TRIGGER orders_note ON app.orders",
                        "TRIGGER app.orders orders_note"),
                new Damage(
                        "a trigger is disabled",
                        "ALTER TABLE app.orders DISABLE TRIGGER orders_note",
                        "TRIGGER app.orders orders_note"),
                new Damage(
                        "an index is lost", "DROP INDEX app.orders_open", "INDEX app.orders_open"),
                new Damage(
                        "a foreign key is lost",
                        "ALTER TABLE app.orders DROP CONSTRAINT orders_customer",
                        "FK CONSTRAINT app.orders orders_customer"),
                new Damage(
                        "a foreign key is no longer validated",
                        "UPDATE pg_constraint SET convalidated = false WHERE conname = 'orders_customer'",
                        "FK CONSTRAINT app.orders orders_customer"),
                new Damage(
                        "NOT NULL is lost",
                        "ALTER TABLE app.customers ALTER name DROP NOT NULL",
                        "TABLE app.customers"),
                new Damage(
                        "a default is lost",
                        "ALTER TABLE app.customers ALTER email DROP DEFAULT",
                        "TABLE app.customers"),
                new Damage(
                        "a statistics target is lost",
                        "ALTER TABLE app.orders ALTER state SET STATISTICS -1",
                        "TABLE app.orders"),
                new Damage(
                        "a statistics target of an inheritance child is lost",
                        "ALTER TABLE ONLY app.dogs ALTER weight SET STATISTICS -1",
                        "TABLE app.dogs"),
                new Damage(
                        "a list on varchar is one value shorter",
                        "DROP INDEX app.orders_open; CREATE INDEX orders_open ON app.orders (customer) WHERE state IN ('new')",
                        "INDEX app.orders_open"),
                new Damage(
                        "a function has another body",
                        "CREATE OR REPLACE FUNCTION app.total(a integer) RETURNS integer LANGUAGE sql AS $f$ SELECT a + 2 -- (ARRAY['x'])::text[]\n$f$",
                        "FUNCTION app.total(integer)"),
                new Damage(
                        "one of two overloaded operators is lost",
                        "DROP OPERATOR app.=== (text, text)",
                        "OPERATOR app.=== (text, text)"),
                new Damage(
                        "a comment is lost",
                        "COMMENT ON COLUMN app.orders.total IS NULL",
                        "COMMENT app.COLUMN orders.total"),
                new Damage(
                        "a table moved to another tablespace",
                        "ALTER TABLE app.placed_fast SET TABLESPACE pg_default",
                        "TABLE app.placed_fast"),
                new Damage(
                        "a view's column is renamed",
                        "ALTER VIEW app.open_orders RENAME COLUMN total TO sum",
                        "VIEW app.open_orders"),
                new Damage(
                        "a password in a user mapping is another",
                        "ALTER USER MAPPING FOR alice SERVER elsewhere OPTIONS (SET password 'planted-secret')",
                        "USER MAPPING USER MAPPING alice SERVER elsewhere"));
    }

    @ParameterizedTest
    @MethodSource("damages")
    void damage_is_caught_and_named_by_object(Damage damage) throws Exception {
        var differences = differencesAfter(damage.sql());

        assertThat(differences).extracting(Difference::object).containsExactly(damage.object());
        assertThat(differences)
                .extracting(Difference::line)
                .noneMatch(line -> line.contains("-secret"))
                .allMatch(line -> line.length() < 300);
    }

    @Test
    void a_table_rewritten_in_another_order_is_equal() throws Exception {
        var differences =
                differencesAfter(
                        "CREATE TABLE app.shuffled AS SELECT * FROM app.copies ORDER BY random();"
                                + "TRUNCATE app.copies;"
                                + "INSERT INTO app.copies SELECT * FROM app.shuffled;"
                                + "DROP TABLE app.shuffled");

        assertThat(differences).isEmpty();
    }

    private static List<Difference> differencesAfter(String sql) throws IOException {
        target.sql("postgres", "DROP DATABASE IF EXISTS shop");
        target.sql(
                "postgres",
                "CREATE DATABASE shop TEMPLATE pristine OWNER alice STRATEGY file_copy");
        // A template gives its contents only; what belongs to the database itself is set again.
        target.sql("postgres", ofDatabase());
        target.sql("shop", sql);
        var again = read(dump(target, "shop", "damaged"));
        return Fixpoint.compare(original, again, Optional.of(third)).differences();
    }

    private static String ofDatabase() {
        return original.entries().stream()
                .filter(entry ->
                        entry.desc().equals("DATABASE PROPERTIES")
                                || entry.tag().equals("DATABASE shop"))
                .map(TocEntry::definition)
                .collect(Collectors.joining());
    }

    private static String raw(ArchiveFacts facts, String desc, String tag) {
        return raw(facts, desc + " " + tag);
    }

    private static String raw(ArchiveFacts facts, String key) {
        return facts.entries().stream()
                .filter(entry -> (entry.desc() + " " + entry.tag()).equals(key))
                .map(TocEntry::definition)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no entry " + key));
    }

    private static Path dump(TestServer server, String database, String name, String... options)
            throws IOException {
        var file = folder.resolve(name + ".pgdump");
        var arguments =
                new ArrayList<>(List.of("--format=custom", "--compress=0", "--file=" + file));
        arguments.addAll(List.of(options));
        arguments.add(database);
        var output = run(server, "pg_dump", arguments.toArray(String[]::new));
        assertThat(output).isEmpty();
        return file;
    }

    private static ArchiveFacts read(Path archive) throws IOException {
        try (var in = Files.newInputStream(archive)) {
            return ArchiveTap.read(ArchiveInput.of(in));
        }
    }

    private static String dumpGlobals(TestServer server, String name) {
        try {
            var file = folder.resolve(name + ".sql");
            run(server, "pg_dumpall", "--globals-only", "--file=" + file);
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    // With the settings pinned, which the servers' own programs in the testkit are not.
    private static String run(TestServer server, String program, String... arguments) {
        try {
            var command = new ArrayList<>(List.of(server.bin().resolve(program).toString()));
            command.addAll(
                    List.of("-h", "127.0.0.1", "-p", "" + server.port(), "-U", TestServer.USER));
            command.addAll(List.of(arguments));
            var builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("PGPASSWORD", TestServer.PASSWORD);
            builder.environment().put("PGOPTIONS", PINNED);
            builder.environment().put("LC_ALL", "C.UTF-8");
            var process = builder.start();
            process.getOutputStream().close();
            var output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(program + ": " + output).isZero();
            return output;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(
                Objects.requireNonNull(RestoredDatabaseTest.class.getResource("/fixpoint/" + name))
                        .toURI());
    }
}
