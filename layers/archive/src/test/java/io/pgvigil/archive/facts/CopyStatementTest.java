package io.pgvigil.archive.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CopyStatementTest {

    @Test
    void columns_are_unquoted_and_the_target_is_not() {
        assertThat(
                        parse(
                                "COPY app.\"Or\"\"ders\" (id, \"a, b\", \"c\"\")\", \"e\nf\") FROM stdin;\n"))
                .isEqualTo(
                        new CopyStatement(
                                "app.\"Or\"\"ders\"", List.of("id", "a, b", "c\")", "e\nf")));
    }

    @Test
    void a_table_without_columns_has_no_list() {
        assertThat(parse("COPY public.none  FROM stdin;\n"))
                .isEqualTo(new CopyStatement("public.none", List.of()));
    }

    @Test
    void names_with_points_and_letters_of_any_script_are_names() {
        assertThat(parse("COPY \"a.b\".größe (\"列\") FROM stdin;\n"))
                .isEqualTo(new CopyStatement("\"a.b\".größe", List.of("列")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "INSERT INTO a VALUES (1);",
                "COPY a (b FROM stdin;",
                "COPY a (b) FROM stdout;",
                "COPY a (b) WITH OIDS FROM stdin;",
                "COPY a (b) FROM stdin; DROP TABLE a;",
                "COPY  FROM stdin;"
            })
    void anything_else_is_none(String statement) {
        assertThat(CopyStatement.parse(statement)).isEmpty();
    }

    private static CopyStatement parse(String statement) {
        return CopyStatement.parse(statement).orElseThrow();
    }
}
