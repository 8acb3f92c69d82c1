package io.pgvigil.archive.fixpoint;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ArrayCastsTest {

    @Test
    void the_cast_of_an_array_is_pushed_into_its_elements() {
        pushes(
                "CHECK (((s)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))",
                "CHECK (((s)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))");
    }

    @Test
    void in_statistics_there_are_no_parentheses() {
        pushes(
                "ON ((s::text = ANY (ARRAY['a'::character varying, 'b'::character varying]::text[]))), id",
                "ON ((s::text = ANY (ARRAY['a'::character varying::text, 'b'::character varying::text]))), id");
        pushes(
                "ARRAY[a || b, f(c), t.d, (e + 1)]::text[]",
                "ARRAY[(a || b)::text, f(c)::text, t.d::text, (e + 1)::text]");
    }

    @Test
    void in_statistics_the_cast_of_an_expression_is_put_in_parentheses() {
        pushes(
                "ARRAY[m, (m::text || t)::character varying]::text[]",
                "ARRAY[m::text, ((m::text || t)::character varying)::text]");
    }

    @Test
    void what_is_pushed_already_stays_as_it_is() {
        unchanged("ARRAY[('a'::character varying)::text, ('b'::character varying)::text]");
        unchanged("ARRAY['a'::text, 'b'::text]");
    }

    @Test
    void quotes_and_brackets_inside_elements_are_respected() {
        pushes(
                "(ARRAY['a, ]'::character varying, E'b\\'],'::character varying, 'it''s ('::character varying])::text[]",
                "ARRAY[('a, ]'::character varying)::text, (E'b\\'],'::character varying)::text, ('it''s ('::character varying)::text]");
        pushes(
                "(ARRAY[f(a, b), x[1], $$],)$$::character varying, \"odd,]name\"])::text[]",
                "ARRAY[(f(a, b))::text, (x[1])::text, ($$],)$$::character varying)::text, (\"odd,]name\")::text]");
    }

    @Test
    void types_of_several_words_with_modifiers_and_schemas_are_understood() {
        pushes(
                "(ARRAY[a, b])::character varying(5)[]",
                "ARRAY[(a)::character varying(5), (b)::character varying(5)]");
        pushes(
                "(ARRAY[a])::timestamp(3) with time zone[]",
                "ARRAY[(a)::timestamp(3) with time zone]");
        pushes("(ARRAY[a])::numeric(10,2)[]", "ARRAY[(a)::numeric(10,2)]");
        pushes("(ARRAY[a])::app.\"My Type\"[]", "ARRAY[(a)::app.\"My Type\"]");
        pushes("(ARRAY[a])::interval day to second(3)[]", "ARRAY[(a)::interval day to second(3)]");
        pushes("(ARRAY[a])::\"char\"[]", "ARRAY[(a)::\"char\"]");
    }

    @Test
    void arrays_of_arrays_pass_the_cast_on() {
        pushes(
                "(ARRAY[ARRAY['a'::v], ARRAY['b'::v]])::text[]",
                "ARRAY[ARRAY[('a'::v)::text], ARRAY[('b'::v)::text]]");
    }

    @Test
    void a_cast_within_a_cast_is_pushed_twice() {
        pushes("((ARRAY[a])::text[])::citext[]", "ARRAY[((a)::text)::citext]");
    }

    @Test
    void several_lists_in_one_definition_are_all_pushed() {
        pushes(
                "x = ANY ((ARRAY[a])::text[]) OR y = ANY ((ARRAY[b])::text[])",
                "x = ANY (ARRAY[(a)::text]) OR y = ANY (ARRAY[(b)::text])");
    }

    @Test
    void an_empty_array_keeps_the_type_that_only_its_cast_names() {
        unchanged("(ARRAY[]::character varying[])::text[]");
        unchanged("ARRAY[]::text[]");
    }

    @Test
    void a_cast_of_a_function_result_is_not_a_cast_of_its_argument() {
        unchanged("f(ARRAY['a'::text])::text[]");
        unchanged("app.\"F\"(ARRAY['a'::text])::text[]");
    }

    @Test
    void a_cast_to_no_array_and_a_subscript_are_left_alone() {
        unchanged("(ARRAY['a'::text])::text");
        unchanged("(ARRAY['a'::text])[1]");
        unchanged("(ARRAY['a'::text] || x)::text[]");
    }

    @Test
    void text_inside_literals_identifiers_and_comments_is_never_touched() {
        unchanged("SELECT '(ARRAY[a])::text[]'");
        unchanged("SELECT E'\\'(ARRAY[a])::text[]'");
        unchanged("SELECT $f$ (ARRAY[a])::text[] $f$");
        unchanged("SELECT \"(ARRAY[a])::text[]\"");
        unchanged("SELECT 1 -- (ARRAY[a])::text[]\n");
        unchanged("SELECT 1 /* /* */ (ARRAY[a])::text[] */");
    }

    @Test
    void text_that_is_no_sql_is_returned_as_it_is() {
        unchanged("ARRAY[ (");
        unchanged("(ARRAY[a])::text[ 'unterminated");
        unchanged("ARRAY[ ]::text[]");
        unchanged("ARRAY[a)]::text[]");
    }

    @Test
    void another_value_in_a_list_is_still_another_text() {
        assertThat(ArrayCasts.pushed("(ARRAY['a'::v, 'b'::v])::text[]"))
                .isNotEqualTo(ArrayCasts.pushed("(ARRAY['a'::v, 'c'::v])::text[]"));
        assertThat(ArrayCasts.pushed("(ARRAY['a'::v])::text[]"))
                .isNotEqualTo(ArrayCasts.pushed("(ARRAY['a'::v])::citext[]"));
    }

    private static void pushes(String from, String to) {
        assertThat(ArrayCasts.pushed(from)).isEqualTo(to);
        unchanged(to);
    }

    private static void unchanged(String sql) {
        assertThat(ArrayCasts.pushed(sql)).isEqualTo(sql);
    }
}
