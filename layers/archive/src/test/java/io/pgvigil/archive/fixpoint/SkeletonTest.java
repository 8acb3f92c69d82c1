package io.pgvigil.archive.fixpoint;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SkeletonTest {

    @Test
    void an_alias_that_names_the_type_of_the_cast_before_it_may_be_added() {
        may("SELECT a UNION SELECT NULL::integer", "SELECT a UNION SELECT NULL::integer AS int4");
        may(
                "SELECT a UNION SELECT '-1'::bigint, b",
                "SELECT a UNION SELECT '-1'::bigint AS int8, b");
        may(
                "SELECT a UNION SELECT (1)::numeric(10,2)",
                "SELECT a UNION SELECT (1)::numeric(10,2) AS \"numeric\"");
        may("SELECT EXISTS (SELECT 'x'::text)", "SELECT EXISTS (SELECT 'x'::text AS text)");
        may(
                "SELECT a UNION SELECT NULL::app.\"Mood\"",
                "SELECT a UNION SELECT NULL::app.\"Mood\" AS \"Mood\"");
        may(
                "SELECT a UNION SELECT NULL::timestamp(3) with time zone",
                "SELECT a UNION SELECT NULL::timestamp(3) with time zone AS timestamptz");
    }

    @Test
    void a_renamed_column_is_no_rewording() {
        mayNot("SELECT t.a FROM t", "SELECT t.a AS b FROM t");
        mayNot("SELECT t.a AS b FROM t", "SELECT t.a FROM t");
        mayNot("SELECT t.a AS b FROM t", "SELECT t.a AS c FROM t");
        mayNot("SELECT t.a::integer AS b", "SELECT t.a::integer AS int4");
    }

    @Test
    void parentheses_may_come_and_go_but_not_cross() {
        may("SELECT ((a OR b) AND c)", "SELECT (a OR b) AND (c)");
        mayNot("SELECT ((a OR b) AND c)", "SELECT (a OR (b AND c))");
    }

    @Test
    void casts_may_come_and_go_but_not_change() {
        may("SELECT ('a'::text)::citext", "SELECT 'a'::citext");
        may("SELECT x", "SELECT x::character varying(5)[]");
        mayNot("SELECT x::integer", "SELECT x::bigint");
    }

    @Test
    void another_constant_column_or_operator_is_no_rewording() {
        mayNot("SELECT a, b", "SELECT b, a");
        mayNot("SELECT 1", "SELECT 2");
        mayNot("a < b", "a <= b");
        mayNot("SELECT 'a  b'", "SELECT 'a b'");
    }

    @Test
    void words_after_as_that_are_grammar_are_not_aliases() {
        mayNot(
                "CREATE CAST (a AS b) WITHOUT FUNCTION AS IMPLICIT",
                "CREATE CAST (a AS b) WITHOUT FUNCTION");
        mayNot("CREATE POLICY p ON t AS RESTRICTIVE USING (a)", "CREATE POLICY p ON t USING (a)");
        mayNot("WITH x AS MATERIALIZED (SELECT 1) SELECT 2", "WITH x AS (SELECT 1) SELECT 2");
        mayNot("CREATE DOMAIN d AS text", "CREATE DOMAIN d AS integer");
    }

    private static void may(String one, String two) {
        assertThat(Skeleton.mayReword(one, two)).as(one + " -> " + two).isTrue();
    }

    private static void mayNot(String one, String two) {
        assertThat(Skeleton.mayReword(one, two)).as(one + " -> " + two).isFalse();
    }
}
