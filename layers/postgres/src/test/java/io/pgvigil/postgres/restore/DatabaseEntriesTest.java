package io.pgvigil.postgres.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.DatabaseName;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DatabaseEntriesTest {
    private static final DatabaseName FRESH = new DatabaseName("a \"b\"");

    @Test
    void only_the_database_s_name_is_exchanged() {
        assertThat(
                        DatabaseEntries.named(
                                """
                                CREATE DATABASE src WITH TEMPLATE = template0 ENCODING = 'UTF8';
                                ALTER DATABASE "sr;c" SET search_path TO 'DATABASE src';
                                ALTER ROLE "IN DATABASE x" IN DATABASE src SET work_mem TO '1MB';
                                COMMENT ON DATABASE src IS 'it''s; DATABASE src';
                                GRANT CONNECT ON DATABASE src TO src;
                                """,
                                FRESH))
                .isEqualTo(
                        List.of(
                                "CREATE DATABASE \"a \"\"b\"\"\" WITH TEMPLATE = template0 ENCODING ="
                                        + " 'UTF8'",
                                "ALTER DATABASE \"a \"\"b\"\"\" SET search_path TO 'DATABASE src'",
                                "ALTER ROLE \"IN DATABASE x\" IN DATABASE \"a \"\"b\"\"\" SET work_mem"
                                        + " TO '1MB'",
                                "COMMENT ON DATABASE \"a \"\"b\"\"\" IS 'it''s; DATABASE src'",
                                "GRANT CONNECT ON DATABASE \"a \"\"b\"\"\" TO src"));
    }

    @Test
    void a_database_s_own_tablespace_can_be_left_out() {
        var create = "CREATE DATABASE x WITH TEMPLATE = template0 TABLESPACE = \"My ts\"";

        assertThat(DatabaseEntries.tablespace(create)).contains("My ts");
        assertThat(DatabaseEntries.withoutTablespace(create))
                .isEqualTo("CREATE DATABASE x WITH TEMPLATE = template0");
        assertThat(DatabaseEntries.tablespace("CREATE DATABASE \" TABLESPACE = y\" WITH a = b"))
                .isEmpty();
    }

    @Test
    void statements_end_at_semicolons_outside_quotes() {
        assertThat(
                        SqlScript.statements(
                                """
                                -- a comment; with a semicolon
                                \\restrict abc;def
                                ALTER ROLE a PASSWORD 'x;''y';
                                COMMENT ON ROLE "b;" IS E'it\\'s;';

                                SELECT $a$;$$;$a$;
                                """))
                .containsExactly(
                        "ALTER ROLE a PASSWORD 'x;''y'",
                        "COMMENT ON ROLE \"b;\" IS E'it\\'s;'",
                        "SELECT $a$;$$;$a$");
    }
}
