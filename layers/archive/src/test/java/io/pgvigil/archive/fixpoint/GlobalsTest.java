package io.pgvigil.archive.fixpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class GlobalsTest {
    private static final String GLOBALS =
            """
            --
            -- PostgreSQL database cluster dump
            --

            \\restrict 3kQ

            SET default_transaction_read_only = off;
            SET client_encoding = 'UTF8';

            --
            -- Roles
            --

            CREATE ROLE alice;
            ALTER ROLE alice WITH NOSUPERUSER INHERIT LOGIN PASSWORD 'SCRAM-SHA-256$4096:one;two';
            COMMENT ON ROLE alice IS 'first -- and; last
            \\restrict is no command here';
            CREATE ROLE "Odd; role";
            ALTER ROLE "Odd; role" WITH NOSUPERUSER INHERIT NOLOGIN;

            --
            -- User Config "alice"
            --

            ALTER ROLE alice SET search_path TO 'app', 'public';
            ALTER ROLE alice SET "app.jwt_secret" TO 'hunter2';

            GRANT "Odd; role" TO alice GRANTED BY postgres;

            CREATE TABLESPACE fast OWNER alice LOCATION '/mnt/fast';
            ALTER TABLESPACE fast SET (random_page_cost=1.1);
            GRANT ALL ON TABLESPACE fast TO alice;
            GRANT SET ON PARAMETER work_mem TO alice;

            \\unrestrict 3kQ
            """;

    @Test
    void the_same_globals_are_equal() {
        assertThat(lines(GLOBALS, GLOBALS)).isEmpty();
    }

    @Test
    void comments_session_settings_restrict_keys_order_and_paths_do_not_count() {
        var other =
                """
                \\restrict completelyDifferent
                CREATE TABLESPACE fast OWNER alice LOCATION '/sandbox/1';
                """
                        + GLOBALS.replace("3kQ", "9zz")
                                .replace("-- Roles", "-- Rollen")
                                .replace("'UTF8'", "'LATIN1'")
                                .replace(
                                        "CREATE TABLESPACE fast OWNER alice LOCATION '/mnt/fast';\n",
                                        "");

        assertThat(lines(GLOBALS, other)).isEmpty();
    }

    @Test
    void passwords_that_the_second_server_does_not_show_are_differences_and_nothing_else_is() {
        var hidden =
                GLOBALS.replace(" PASSWORD 'SCRAM-SHA-256$4096:one;two'", "")
                        .replace("'hunter2'", "'hunter3'");

        var differences = Globals.compareWithoutPasswords(GLOBALS, hidden, Set.of());

        assertThat(differences)
                .extracting(Difference::object)
                .containsExactly("ROLE alice PASSWORD", "ROLE alice SET app.jwt_secret");
        assertThat(differences.getFirst().what())
                .isEqualTo("could not be compared: this server shows no passwords");
        assertThat(differences).allSatisfy(one -> assertThat(one.acceptable()).isTrue());
        assertThat(differences.toString()).doesNotContain("SCRAM").doesNotContain("hunter");
    }

    @Test
    void a_role_whose_name_reads_like_a_password_keeps_it() {
        var role = "CREATE ROLE \"a PASSWORD 'b'\";\nALTER ROLE \"a PASSWORD 'b'\" WITH LOGIN;\n";

        assertThat(Globals.compareWithoutPasswords(role, role, Set.of())).isEmpty();
        assertThat(Globals.compareWithoutPasswords(role, "", Set.of())).hasSize(2);
    }

    @Test
    void a_lost_role_names_the_role_its_attributes_and_its_memberships() {
        var other =
                GLOBALS.replace("CREATE ROLE \"Odd; role\";\n", "")
                        .replace("ALTER ROLE \"Odd; role\" WITH NOSUPERUSER INHERIT NOLOGIN;\n", "")
                        .replace("GRANT \"Odd; role\" TO alice GRANTED BY postgres;\n", "");

        assertThat(lines(GLOBALS, other))
                .containsExactly(
                        "MEMBERSHIP OF alice IN Odd; role: missing",
                        "ROLE Odd; role: missing",
                        "ROLE Odd; role ATTRIBUTES: missing");
    }

    @Test
    void every_kind_of_statement_is_named() {
        assertThat(lines(GLOBALS, GLOBALS.replace("INHERIT LOGIN", "INHERIT NOLOGIN")))
                .singleElement()
                .asString()
                .startsWith("ROLE alice ATTRIBUTES: definition ");
        assertThat(lines(GLOBALS, GLOBALS.replace("'app', 'public'", "'app'")))
                .singleElement()
                .asString()
                .startsWith("ROLE alice SET search_path: definition ");
        assertThat(lines(GLOBALS, GLOBALS.replace("first --", "second --")))
                .singleElement()
                .asString()
                .startsWith("COMMENT ROLE alice: definition ");
        assertThat(lines(GLOBALS, GLOBALS.replace("is no command", "was no command")))
                .singleElement()
                .asString()
                .startsWith("COMMENT ROLE alice: definition ");
        assertThat(lines(GLOBALS, GLOBALS.replace("GRANTED BY postgres", "GRANTED BY bob")))
                .singleElement()
                .asString()
                .startsWith("MEMBERSHIP OF alice IN Odd; role: definition ");
        assertThat(lines(GLOBALS, GLOBALS.replace("fast OWNER alice", "fast OWNER bob")))
                .singleElement()
                .asString()
                .startsWith("TABLESPACE fast: definition ");
        assertThat(lines(GLOBALS, GLOBALS.replace("cost=1.1", "cost=1.2")))
                .singleElement()
                .asString()
                .startsWith("TABLESPACE fast OPTIONS: definition ");
        assertThat(lines(GLOBALS, GLOBALS.replace("GRANT ALL ON TABLESPACE fast TO alice;", "")))
                .containsExactly("ACL TABLESPACE fast FOR alice: missing");
        assertThat(lines(GLOBALS, GLOBALS.replace("GRANT SET ON PARAMETER work_mem TO alice;", "")))
                .containsExactly("ACL PARAMETER work_mem FOR alice: missing");
        assertThat(lines(GLOBALS, GLOBALS + "CREATE ROLE mallory;"))
                .containsExactly("ROLE mallory: added");
    }

    @Test
    void passwords_are_compared_and_never_shown() {
        assertThat(lines(GLOBALS, GLOBALS.replace("4096:one;two", "4096:three")))
                .containsExactly("ROLE alice ATTRIBUTES: secret differs");
        assertThat(lines(GLOBALS, GLOBALS.replace(" PASSWORD 'SCRAM-SHA-256$4096:one;two'", "")))
                .containsExactly("ROLE alice ATTRIBUTES: secret differs");
        assertThat(lines(GLOBALS, GLOBALS.replace("LOGIN PASSWORD", "LOGIN BYPASSRLS PASSWORD")))
                .singleElement()
                .asString()
                .doesNotContain("SCRAM", "one;two");
    }

    @Test
    void secrets_kept_in_settings_are_not_shown() {
        assertThat(lines(GLOBALS, GLOBALS.replace("hunter2", "swordfish")))
                .containsExactly("ROLE alice SET app.jwt_secret: secret differs");
    }

    @Test
    void without_passwords_on_both_sides_nothing_differs() {
        var none = GLOBALS.replace(" PASSWORD 'SCRAM-SHA-256$4096:one;two'", "");

        assertThat(lines(none, none)).isEmpty();
    }

    @Test
    void what_the_sandbox_adds_of_its_own_is_expected() {
        var own = Set.of("CREATE ROLE sandbox;", "ALTER ROLE sandbox WITH SUPERUSER;");
        var other = GLOBALS + "CREATE ROLE sandbox;\nALTER ROLE sandbox WITH SUPERUSER;\n";

        assertThat(Globals.compare(GLOBALS, other, own)).isEmpty();
        assertThat(Globals.compare(GLOBALS, other + "CREATE ROLE mallory;", own))
                .extracting(Difference::line)
                .containsExactly("ROLE mallory: added");
        assertThat(Globals.compare(GLOBALS, GLOBALS, own)).isEmpty();
        assertThat(Globals.compare(GLOBALS, other, Set.of())).hasSize(2);
        assertThat(Globals.compare(other, other, own)).isEmpty();
        assertThat(Globals.compare(other, GLOBALS, own)).hasSize(2);
    }

    private static List<String> lines(String first, String second) {
        return Globals.compare(first, second, Set.of()).stream().map(Difference::line).toList();
    }
}
