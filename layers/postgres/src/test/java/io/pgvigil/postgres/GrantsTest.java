package io.pgvigil.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GrantsTest {
    private static final DatabaseName APP = new DatabaseName("app");
    private static final ServerVersion THIRTEEN = ServerVersion.of(13, 22);

    private static TestServer server;

    @TempDir Path folder;

    @BeforeAll
    static void start() {
        server = TestServer.start();
        server.sql("postgres", "create role owner");
        server.sql("postgres", "create database app");
        server.sql(
                "app",
                """
                create schema private authorization owner;
                set role owner;
                create table private.guarded (id serial, a text);
                insert into private.guarded (a) values ('guarded row');
                alter table private.guarded enable row level security;
                alter table private.guarded force row level security;
                create table private."Odd ""name" (a text);
                create sequence private.loose start 42;
                create view private.v as select a from private.guarded;
                create materialized view private.m as select 1 as x;
                reset role;
                select lo_from_bytea(0, 'large object');
                select lo_from_bytea(0, 'another');
                """);
        server.sql("postgres", "create database empty");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void a_role_with_what_a_live_database_needs_can_dump_it_whole() throws IOException {
        String sql;
        try (var source = SourceDatabase.connect(Servers.superuser(server), APP)) {
            sql = Grants.sql("live backup", source, false);
        }

        canDump("live backup", sql);
        assertThat(sql).contains("private.guarded").contains("Here are 2 of them");
    }

    @Test
    void a_role_with_what_any_database_may_need_can_dump_it_whole() throws IOException {
        canDump("blind", Grants.sql("blind", APP, ServerVersion.of(15, 1), false));
    }

    @Test
    void before_fourteen_each_schema_is_opened() throws IOException {
        var blind = Grants.sql("thirteen", APP, THIRTEEN, false);

        assertThat(blind).doesNotContain("pg_read_all_data");
        canDump("thirteen", blind);
    }

    @Test
    void hostile_names_stay_names() throws IOException {
        var role = "x\"; drop table t; --\n$grants$'";

        canDump(role, Grants.sql(role, APP, ServerVersion.of(15, 1), true));
        canDump(role + "13", Grants.sql(role + "13", APP, THIRTEEN, true));
    }

    @Test
    void only_what_is_needed_is_granted() {
        try (var source =
                SourceDatabase.connect(Servers.superuser(server), new DatabaseName("empty"))) {
            assertThat(Grants.sql("b", source, false))
                    .contains("grant pg_read_all_data to \"b\";")
                    .doesNotContain(
                            "bypassrls", "lo_compat_privileges", "replication", "superuser;");
            assertThat(Grants.sql("b", source, true)).contains("alter role \"b\" replication;");
        }
    }

    @Test
    void what_a_role_lacks_is_named_one_by_one() {
        server.sql("app", "create role reader login password 'reader' in role pg_read_all_data");
        server.sql("app", "create role nobody login password 'nobody'");

        assertThat(missing("reader"))
                .containsExactly(
                        "table private.guarded: row security hides rows",
                        "2 large objects: no SELECT");
        assertThat(missing("nobody"))
                .contains(
                        "schema private: no USAGE",
                        "sequence private.loose: no SELECT",
                        "table private.\"Odd \"\"name\": no SELECT",
                        "table private.guarded: no SELECT",
                        "2 large objects: no SELECT");
        assertThat(missing("postgres")).isEmpty();
    }

    private static List<String> missing(String role) {
        var password = role.equals("postgres") ? TestServer.PASSWORD : role;
        try (var source =
                SourceDatabase.connect(Servers.login(server.port(), role, password), APP)) {
            return Grants.missing(source);
        }
    }

    private void canDump(String role, String sql) throws IOException {
        var file = Files.writeString(folder.resolve("grants.sql"), sql);
        server.sqlFile("app", file);
        // Twice, because an operator will.
        server.sqlFile("app", file);
        server.sql(
                "app", "alter role \"" + role.replace("\"", "\"\"") + "\" password 'a password'");
        var login = Servers.login(server.port(), role, "a password");

        try (var source = SourceDatabase.connect(login, APP)) {
            assertThat(Grants.missing(source)).isEmpty();
            var facts = source.facts();
            assertThat(facts.role().superuser()).isFalse();
            var dumped =
                    Servers.dump(
                            PgDump.dump(
                                    Servers.tools(server),
                                    login,
                                    APP,
                                    Selection.EVERYTHING,
                                    source.snapshot(),
                                    DumpLimits.STANDARD));
            var globals =
                    Servers.dump(
                            PgDump.globals(
                                    Servers.tools(server),
                                    login,
                                    APP,
                                    facts.role().readsPasswords()));

            assertThat(dumped.stderr()).isEmpty();
            assertThat(dumped.status()).isZero();
            assertThat(Servers.asSql(server, dumped.archive(), folder))
                    .contains("guarded row", "loose', 42", "lowrite");
            assertThat(globals.stderr()).isEmpty();
            assertThat(globals.status()).isZero();
        }
    }
}
