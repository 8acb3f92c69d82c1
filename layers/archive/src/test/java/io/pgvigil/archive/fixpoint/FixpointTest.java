package io.pgvigil.archive.fixpoint;

import static io.pgvigil.archive.fixpoint.ArchiveSketch.archive;
import static io.pgvigil.archive.fixpoint.ArchiveSketch.entry;
import static io.pgvigil.archive.fixpoint.ArchiveSketch.table;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.archive.fixpoint.ArchiveSketch.Entry;
import io.pgvigil.archive.fixpoint.Comparison.Unproven;
import io.pgvigil.archive.fixpoint.Difference.EntryChanged;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class FixpointTest {

    // What is ignored, and nothing else

    @Test
    void the_same_archive_is_equal_and_everything_is_counted() {
        var sketch =
                archive()
                        .with(table("orders", "(\n    id integer\n)"), table("notes", "(\n)"))
                        .data("orders", 3, 7)
                        .data("notes", 2, 8)
                        .largeObject(16500, "alice", 5, 9);

        var comparison = Fixpoint.compare(sketch.facts(), sketch.facts());

        assertThat(comparison.differences()).isEmpty();
        assertThat(comparison.unproven()).isEmpty();
        assertThat(comparison.equal().entries())
                .containsEntry("TABLE", 2)
                .containsEntry("TABLE DATA", 2);
        assertThat(comparison.equal().entryCount()).isEqualTo(4);
        assertThat(comparison.equal().tables()).isEqualTo(2);
        assertThat(comparison.equal().rows()).isEqualTo(5);
        assertThat(comparison.equal().largeObjects()).isEqualTo(1);
    }

    @Test
    void dump_ids_oids_offsets_dependencies_order_and_time_do_not_count() {
        var one =
                archive()
                        .createdAt("2026-11-22T02:30:00")
                        .with(table("a", "()").dependsOn(1, 2).offset(100), table("b", "()"))
                        .data("a", 1, 1)
                        .data("b", 2, 2);
        var two =
                archive()
                        .createdAt("2026-11-23T09:00:00")
                        .startingWithId(500)
                        .with(table("b", "()"))
                        .data("b", 2, 2)
                        .with(table("a", "()").dependsOn(7))
                        .data("a", 1, 1);

        assertThat(lines(one, two)).isEmpty();
    }

    @Test
    void planner_statistics_do_not_count() {
        var one = archive().with(entry("STATISTICS DATA", "orders").sql("SELECT 1;"));

        assertThat(lines(one, archive())).isEmpty();
    }

    @Test
    void every_other_property_of_an_entry_counts() {
        assertThat(changed(t(), t().owner("bob")))
                .containsExactly("TABLE app.t: owner 'alice' became 'bob'");
        assertThat(changed(t(), t().tablespace("fast")))
                .containsExactly("TABLE app.t: tablespace '' became 'fast'");
        assertThat(changed(t().accessMethod("heap"), t().accessMethod("columnar")))
                .containsExactly("TABLE app.t: access method 'heap' became 'columnar'");
        assertThat(changed(t().drop("DROP TABLE app.t;\n"), t().drop("DROP TABLE app.u;\n")))
                .containsExactly(
                        "TABLE app.t: drop statement 'DROP TABLE app.t;\\n' became 'DROP TABLE app.u;\\n'");
        assertThat(changed(t().relkind("r"), t().relkind("p")))
                .containsExactly("TABLE app.t: relation kind 'r' became 'p'");
        assertThat(changed(t(), t().hadData()))
                .containsExactly("TABLE app.t: having data 'no' became 'yes'");
    }

    @Test
    void unknown_kinds_are_compared_like_any_other() {
        var one = archive().with(entry("PROPERTY GRAPH", "g").sql("CREATE PROPERTY GRAPH g;"));
        var two = archive().with(entry("PROPERTY GRAPH", "g").sql("CREATE PROPERTY GRAPH h;"));

        assertThat(lines(one, two))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("PROPERTY GRAPH app.g: definition");
        assertThat(lines(one, archive())).containsExactly("PROPERTY GRAPH app.g: missing");
        assertThat(lines(archive(), one)).containsExactly("PROPERTY GRAPH app.g: added");
    }

    @Test
    void whitespace_in_a_definition_counts() {
        assertThat(
                        changed(
                                t().sql("CREATE VIEW a AS SELECT 1"),
                                t().sql("CREATE VIEW a AS  SELECT 1")))
                .hasSize(1);
    }

    // Header

    @Test
    void another_tool_major_is_the_only_difference_named() {
        var one = archive().with(table("a", "()"));
        var two = archive().versions("15.20", "17.11").format(16).with(table("b", "()"));

        var comparison = Fixpoint.compare(one.facts(), two.facts());

        assertThat(comparison.differences())
                .extracting(Difference::object)
                .containsExactly("ARCHIVE HEADER tool version", "ARCHIVE HEADER format");
        assertThat(comparison.equal().entryCount()).isZero();
    }

    @Test
    void another_server_major_is_a_difference_and_cannot_be_accepted() {
        var two = archive().versions("16.2", "15.20 (Debian 15.20-0+deb12u1)");

        var comparison = Fixpoint.compare(archive().facts(), two.facts());

        assertThat(comparison.differences())
                .singleElement()
                .satisfies(d -> assertThat(d.acceptable()).isFalse())
                .extracting(Difference::line)
                .isEqualTo(
                        "ARCHIVE HEADER server version: '15.20 (Debian 15.20-0+deb12u1)' became '16.2'");
    }

    @Test
    void a_development_version_has_a_major_too() {
        var beta = archive().versions("18beta1", "18beta1");
        var later = archive().versions("18devel", "18beta1");

        assertThat(lines(beta, later)).isEmpty();
    }

    @Test
    void another_minor_of_the_tool_is_told_but_is_no_difference() {
        var two = archive().versions("15.20 (Debian 15.20-0+deb12u1)", "15.21");

        var comparison = Fixpoint.compare(archive().facts(), two.facts());

        assertThat(comparison.differences()).isEmpty();
        assertThat(comparison.unproven())
                .singleElement()
                .extracting(Unproven::object)
                .isEqualTo("ARCHIVE HEADER tool version");
    }

    @Test
    void another_database_name_is_a_difference() {
        assertThat(lines(archive(), archive().database("shop2")))
                .containsExactly("ARCHIVE HEADER database: 'shop' became 'shop2'");
    }

    // Multisets

    @Test
    void overloaded_operators_share_a_tag_and_are_told_apart() {
        var integers = operator("integer", "int_eq");
        var texts = operator("text", "text_eq");
        var one = archive().with(integers, texts);

        assertThat(lines(one, archive().with(texts, integers))).isEmpty();
        assertThat(lines(one, archive().with(texts)))
                .containsExactly("OPERATOR app.=== (integer, integer): missing");
        assertThat(lines(one, archive().with(operator("integer", "other_eq"), texts)))
                .singleElement()
                .asString()
                .startsWith("OPERATOR app.=== (integer, integer): definition ");
    }

    @Test
    void operator_families_of_two_access_methods_are_told_apart() {
        var btree =
                entry("OPERATOR FAMILY", "fam").drop("DROP OPERATOR FAMILY app.fam USING btree;\n");
        var hash =
                entry("OPERATOR FAMILY", "fam").drop("DROP OPERATOR FAMILY app.fam USING hash;\n");

        assertThat(lines(archive().with(btree, hash), archive().with(btree)))
                .containsExactly("OPERATOR FAMILY app.fam USING hash: missing");
    }

    @Test
    void default_privileges_exist_per_role() {
        var alice = defaultAcl("alice", "reader");
        var bob = defaultAcl("bob", "reader");
        var one = archive().with(alice, bob);

        assertThat(lines(one, archive().with(bob, alice))).isEmpty();
        assertThat(lines(one, archive().with(bob)))
                .containsExactly("DEFAULT ACL app.DEFAULT PRIVILEGES FOR TABLES of alice: missing");
        assertThat(lines(one, archive().with(alice, defaultAcl("bob", "writer"))))
                .singleElement()
                .asString()
                .startsWith("DEFAULT ACL app.DEFAULT PRIVILEGES FOR TABLES of bob: definition ");
    }

    @Test
    void the_same_entry_twice_is_not_the_same_entry_once() {
        var twice = archive().with(entry("THING", "x").sql("a"), entry("THING", "x").sql("a"));
        var once = archive().with(entry("THING", "x").sql("a"));

        assertThat(lines(twice, once)).containsExactly("THING app.x: missing");
        assertThat(lines(once, twice)).containsExactly("THING app.x: added");
    }

    @Test
    void of_several_entries_with_one_name_the_most_alike_are_paired() {
        var one =
                archive()
                        .with(
                                entry("THING", "x").sql("a"),
                                entry("THING", "x").sql("b").owner("bob"));
        var two =
                archive()
                        .with(
                                entry("THING", "x").sql("b").owner("carol"),
                                entry("THING", "x").sql("c"));

        assertThat(lines(one, two))
                .containsExactly(
                        "THING app.x: owner 'bob' became 'carol'",
                        "THING app.x: definition 'a' became 'c'");
    }

    @Test
    void a_tag_that_joins_names_with_a_blank_is_not_split() {
        var one = archive().with(entry("POLICY", "a b c"), entry("POLICY", "a b"));

        assertThat(lines(one, archive().with(entry("POLICY", "a b"))))
                .containsExactly("POLICY app.a b c: missing");
    }

    @Test
    void a_schema_with_a_dot_is_not_a_schema_and_a_table() {
        var one = archive().with(entry("TABLE", "x.y"));
        var two = archive().with(entry("TABLE", "x.y").noSchema());

        assertThat(lines(one, two)).containsExactly("TABLE app.x.y: missing", "TABLE x.y: added");
    }

    // Inheritance

    @Test
    void a_child_of_an_inheriting_table_may_change_its_column_order() {
        var one =
                archive()
                        .with(
                                child(
                                        "    own text,\n    added numeric(10,2) DEFAULT 1.5,\n    CONSTRAINT c CHECK ((own <> 'a,b'::text))",
                                        "ALTER TABLE ONLY app.child ALTER COLUMN own SET STATISTICS 9;\nALTER TABLE ONLY app.child ALTER COLUMN added SET STATISTICS 8;\n"))
                        .childData("child", List.of("id", "own", "added"), 4, 77);
        var two =
                archive()
                        .with(
                                child(
                                        "    added numeric(10,2) DEFAULT 1.5,\n    own text,\n    CONSTRAINT c CHECK ((own <> 'a,b'::text))",
                                        "ALTER TABLE ONLY app.child ALTER COLUMN added SET STATISTICS 8;\nALTER TABLE ONLY app.child ALTER COLUMN own SET STATISTICS 9;\n"))
                        .childData("child", List.of("id", "added", "own"), 4, 77);

        var comparison = Fixpoint.compare(one.facts(), two.facts());

        assertThat(comparison.differences()).isEmpty();
        assertThat(comparison.unproven())
                .singleElement()
                .satisfies(u -> assertThat(u.object()).isEqualTo("TABLE DATA app.child"))
                .satisfies(u -> assertThat(u.why()).contains("column order of app.child changed"));
    }

    @Test
    void a_child_that_lost_a_column_or_its_default_is_named() {
        var one = archive().with(child("    own text,\n    added integer DEFAULT 1", ""));

        assertThat(lines(one, archive().with(child("    added integer,\n    own text", ""))))
                .singleElement()
                .asString()
                .startsWith("TABLE app.child: definition ");
        assertThat(lines(one, archive().with(child("    own text", ""))))
                .singleElement()
                .asString()
                .startsWith("TABLE app.child: definition ");
    }

    @Test
    void a_child_whose_data_lost_a_column_is_named() {
        var one = archive().childData("child", List.of("id", "own"), 4, 77);
        var two = archive().childData("child", List.of("id"), 4, 77);

        assertThat(lines(one, two))
                .singleElement()
                .asString()
                .startsWith("TABLE DATA app.child: COPY statement ");
    }

    @Test
    void in_any_other_table_the_column_order_counts() {
        var one =
                archive()
                        .with(
                                table(
                                        "t",
                                        "(\n    a integer,\n    b text DEFAULT 'INHERITS ('::text\n)"));
        var two =
                archive()
                        .with(
                                table(
                                        "t",
                                        "(\n    b text DEFAULT 'INHERITS ('::text,\n    a integer\n)"));

        assertThat(lines(one, two)).hasSize(1);
    }

    @Test
    void a_child_that_changed_parents_is_named() {
        var one = archive().with(table("c", "(\n    a integer\n)\nINHERITS (app.p)"));
        var two = archive().with(table("c", "(\n    a integer\n)\nINHERITS (app.q)"));

        assertThat(lines(one, two)).hasSize(1);
    }

    @Test
    void values_of_a_row_type_whose_column_order_changed_are_named() {
        var holders =
                List.of(
                        table("direct", "(\n    id integer,\n    v app.child\n)"),
                        table("many", "(\n    v app.child[] DEFAULT '{}'::app.child[]\n)"),
                        table("empty", "(\n    v app.child\n)"),
                        table(
                                "other",
                                "(\n    child app.children,\n    CONSTRAINT c CHECK ((a app.child))\n)"));
        var one = archive().with(holders.toArray(Entry[]::new));
        var two = archive().with(holders.toArray(Entry[]::new));
        for (var sketch : List.of(one, two))
            sketch.data("direct", 1, 1).data("many", 2, 2).data("empty", 0, 0).data("other", 3, 3);
        one.childData("child", List.of("own", "added"), 0, 0);
        two.childData("child", List.of("added", "own"), 0, 0);

        assertThat(lines(one, two))
                .containsExactly(
                        "TABLE app.direct: holds values of row type app.child, whose column order"
                                + " changed; their fields now mean other columns",
                        "TABLE app.many: holds values of row type app.child, whose column order"
                                + " changed; their fields now mean other columns");
        assertThat(lines(one, one)).isEmpty();
    }

    // Table data

    @Test
    void rows_that_are_missing_are_counted() {
        assertThat(lines(archive().data("orders", 3, 7), archive().data("orders", 1, 5)))
                .containsExactly("TABLE DATA app.orders: 3 rows became 1 row");
    }

    @Test
    void as_many_rows_with_another_fingerprint_are_other_content() {
        assertThat(lines(archive().data("orders", 3, 7), archive().data("orders", 3, 8)))
                .containsExactly("TABLE DATA app.orders: as many rows (3), but not the same");
    }

    @Test
    void contents_swapped_between_two_tables_are_named_twice() {
        assertThat(
                        lines(
                                archive().data("a", 3, 7).data("b", 3, 8),
                                archive().data("a", 3, 8).data("b", 3, 7)))
                .hasSize(2);
    }

    @Test
    void a_lost_table_is_missing_and_its_rows_are_not_named_again() {
        var one = archive().with(table("orders", "()")).data("orders", 3, 7);

        assertThat(lines(one, archive()))
                .containsExactly("TABLE DATA app.orders: missing", "TABLE app.orders: missing");
    }

    @Test
    void rows_may_move_between_partitions_that_are_loaded_through_their_root() {
        var one =
                archive()
                        .partData("p0", "app.\"My Root\"", 3, 10)
                        .partData("p1", "app.\"My Root\"", 1, 20);
        var two =
                archive()
                        .partData("p0", "app.\"My Root\"", 0, 0)
                        .partData("p1", "app.\"My Root\"", 4, 30);

        var comparison = Fixpoint.compare(one.facts(), two.facts());

        assertThat(comparison.differences()).isEmpty();
        assertThat(comparison.equal().tables()).isEqualTo(2);
        assertThat(comparison.unproven())
                .singleElement()
                .satisfies(u -> assertThat(u.object()).isEqualTo("TABLE DATA app.My Root"))
                .satisfies(u -> assertThat(u.why()).contains("in which partition each row lies"));
    }

    @Test
    void rows_lost_from_partitions_are_named_by_the_root() {
        var one = archive().partData("p0", "app.root", 3, 10).partData("p1", "app.root", 1, 20);
        var two = archive().partData("p0", "app.root", 3, 10).partData("p1", "app.root", 0, 0);

        assertThat(lines(one, two)).containsExactly("TABLE DATA app.root: 4 rows became 3 rows");
    }

    @Test
    void partitions_not_loaded_through_their_root_are_compared_one_by_one() {
        var one = archive().data("p0", 3, 10).data("p1", 1, 20);
        var two = archive().data("p0", 0, 0).data("p1", 4, 30);

        assertThat(lines(one, two)).hasSize(2);
    }

    @Test
    void data_that_nobody_read_is_never_equal() {
        var sketch = archive().with(entry("TABLE DATA", "orders").hadData());

        var comparison = Fixpoint.compare(sketch.facts(), sketch.facts());

        assertThat(comparison.differences())
                .extracting(Difference::line)
                .containsExactly(
                        "TABLE DATA app.orders: the data in the original archive was not read",
                        "TABLE DATA app.orders: the data in the second archive was not read");
        assertThat(comparison.differences()).noneMatch(Difference::acceptable);
    }

    // Third generation

    private static final String UNION_1 =
            "CREATE VIEW app.v AS\n SELECT t.a\n   FROM app.t\nUNION\n SELECT NULL::integer;\n";
    private static final String UNION_2 =
            "CREATE VIEW app.v AS\n SELECT t.a\n   FROM app.t\nUNION\n SELECT NULL::integer AS int4;\n";

    @Test
    void without_a_third_generation_a_rewritten_view_is_a_difference_that_asks_for_one() {
        var comparison = Fixpoint.compare(view(UNION_1).facts(), view(UNION_2).facts());

        assertThat(comparison.thirdGenerationWanted()).isTrue();
        assertThat(comparison.differences())
                .singleElement()
                .isInstanceOfSatisfying(
                        EntryChanged.class, change -> assertThat(change.mayBeRewriting()).isTrue());
        assertThat(comparison.rewritten()).isEmpty();
    }

    @Test
    void a_view_that_the_third_generation_repeats_is_rewritten_and_stable() {
        var comparison =
                Fixpoint.compare(
                        view(UNION_1).facts(),
                        view(UNION_2).facts(),
                        Optional.of(view(UNION_2).facts()));

        assertThat(comparison.differences()).isEmpty();
        assertThat(comparison.rewritten())
                .singleElement()
                .satisfies(r -> assertThat(r.object()).isEqualTo("VIEW app.v"));
        assertThat(comparison.thirdGenerationWanted()).isFalse();
    }

    @Test
    void a_view_that_changes_again_in_the_third_generation_stays_a_difference() {
        var third = view(UNION_2.replace("NULL::integer", "(NULL::integer)::integer"));

        var comparison =
                Fixpoint.compare(
                        view(UNION_1).facts(), view(UNION_2).facts(), Optional.of(third.facts()));

        assertThat(comparison.differences()).hasSize(1);
        assertThat(comparison.thirdGenerationWanted()).isFalse();
    }

    @Test
    void a_view_that_the_third_generation_lacks_stays_a_difference() {
        var comparison =
                Fixpoint.compare(
                        view(UNION_1).facts(),
                        view(UNION_2).facts(),
                        Optional.of(archive().facts()));

        assertThat(comparison.differences()).hasSize(1);
        assertThat(comparison.thirdGenerationWanted()).isFalse();
    }

    @Test
    void a_stable_third_generation_does_not_excuse_another_view() {
        var other = UNION_1.replace("t.a", "t.b");

        var comparison =
                Fixpoint.compare(
                        view(UNION_1).facts(),
                        view(other).facts(),
                        Optional.of(view(other).facts()));

        assertThat(comparison.rewritten()).isEmpty();
        assertThat(comparison.differences()).hasSize(1);
    }

    @Test
    void a_rewritten_view_that_also_lost_its_owner_is_named_for_the_owner() {
        var two = archive().with(entry("VIEW", "v").sql(UNION_2).owner("bob"));

        var comparison =
                Fixpoint.compare(view(UNION_1).facts(), two.facts(), Optional.of(two.facts()));

        assertThat(comparison.rewritten()).hasSize(1);
        assertThat(comparison.differences())
                .extracting(Difference::line)
                .containsExactly("VIEW app.v: owner 'alice' became 'bob'");
    }

    // What differences say

    @Test
    void an_excerpt_is_bounded_and_shows_both_sides_of_the_first_difference() {
        var body = "x".repeat(10_000);

        var line = changed(t().sql(body + "1\n" + body), t().sql(body + "2\n" + body));

        assertThat(line)
                .singleElement()
                .asString()
                .isEqualTo(
                        "TABLE app.t: definition '…"
                                + "x".repeat(24)
                                + "1\\n"
                                + "x".repeat(54)
                                + "…' became '…"
                                + "x".repeat(24)
                                + "2\\n"
                                + "x".repeat(54)
                                + "…'");
    }

    @Test
    void names_with_line_breaks_and_control_characters_stay_on_one_line() {
        var one = archive().with(entry("TABLE", "two\nlines\u001b[31m\u202e"));

        assertThat(lines(one, archive()))
                .containsExactly("TABLE app.two\\nlines\\u{1b}[31m\\u{202e}: missing");
    }

    @Test
    void user_mappings_subscriptions_and_servers_only_differ() {
        for (var kind : List.of("USER MAPPING", "SUBSCRIPTION", "SERVER")) {
            var one =
                    entry(kind, "x")
                            .noSchema()
                            .sql("OPTIONS (password 'hunter2')")
                            .drop("DROP 1")
                            .owner("a");
            var two =
                    entry(kind, "x")
                            .noSchema()
                            .sql("OPTIONS (password 'swordfish')")
                            .drop("DROP 2")
                            .owner("b");

            assertThat(changed(one, two))
                    .containsExactly(
                            kind + " x: definition differs",
                            kind + " x: drop statement differs",
                            kind + " x: owner differs");
        }
    }

    @Test
    void secrets_in_other_definitions_are_masked() {
        var secrets =
                List.of(
                        "SELECT dblink('host=a password=%s')",
                        "SELECT dblink('postgresql://me:%s@host/db')",
                        "ALTER DATABASE shop SET \"app.jwt_key\" TO '%s'",
                        "ALTER DATABASE shop SET app.signing TO 'a', '%s'",
                        "CREATE FUNCTION f() AS $$ BEGIN password := '%s'; END $$",
                        "CREATE FUNCTION f() AS $x$ api_key text := E'%s'; $x$",
                        "password => '%s'",
                        "'{\"password\": \"%s\"}'");
        for (var sql : secrets) {
            var lines =
                    changed(t().sql(sql.formatted("hunter2")), t().sql(sql.formatted("swordfish")));

            assertThat(lines)
                    .as(sql)
                    .singleElement()
                    .asString()
                    .isEqualTo("TABLE app.t: definition differs");
        }
        var options = "CREATE FOREIGN TABLE t () OPTIONS (key '%s', x 'y')";
        assertThat(
                        changed(
                                entry("FOREIGN TABLE", "t").sql(options.formatted("hunter2")),
                                entry("FOREIGN TABLE", "t").sql(options.formatted("swordfish"))))
                .containsExactly("FOREIGN TABLE app.t: definition differs");
    }

    @Test
    void the_tail_of_a_secret_is_not_shown_when_something_near_it_differs() {
        var lines =
                changed(
                        t().sql("SELECT dblink('password=hunter2'), 1"),
                        t().sql("SELECT dblink('password=hunter2'), 2"));

        assertThat(lines)
                .singleElement()
                .asString()
                .contains("***")
                .doesNotContain("hunter", "unter2");
    }

    // Helpers

    private static Entry t() {
        return entry("TABLE", "t");
    }

    private static List<String> changed(Entry one, Entry two) {
        return lines(archive().with(one), archive().with(two));
    }

    private static ArchiveSketch view(String sql) {
        return archive().with(entry("VIEW", "v").sql(sql));
    }

    private static Entry operator(String type, String function) {
        return entry("OPERATOR", "===")
                .sql(
                        "CREATE OPERATOR app.=== (\n    FUNCTION = app.%s,\n    LEFTARG = %s,\n    RIGHTARG = %s\n);\n"
                                .formatted(function, type, type))
                .drop("DROP OPERATOR app.=== (%s, %s);\n".formatted(type, type));
    }

    private static Entry defaultAcl(String role, String grantee) {
        return entry("DEFAULT ACL", "DEFAULT PRIVILEGES FOR TABLES")
                .owner(role)
                .sql(
                        "ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA app GRANT SELECT ON TABLES  TO %s;\n"
                                .formatted(role, grantee));
    }

    private static Entry child(String columns, String further) {
        return entry("TABLE", "child")
                .sql(
                        "CREATE TABLE app.child (\n"
                                + columns
                                + "\n)\nINHERITS (app.parent);\n"
                                + further);
    }

    private static List<String> lines(ArchiveSketch one, ArchiveSketch two) {
        return Fixpoint.compare(one.facts(), two.facts()).differences().stream()
                .map(Difference::line)
                .toList();
    }
}
