package io.pgvigil.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.process.Command;
import io.pgvigil.testkit.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PgDumpTest {
    private static final DatabaseName APP = new DatabaseName("app");
    private static final DatabaseName LARGE = new DatabaseName("large");

    private static TestServer server;

    @TempDir Path folder;

    @BeforeAll
    static void start() {
        server = TestServer.start();
        server.sql("postgres", "create database app");
        server.sql(
                "app",
                "create schema s; create table s.one (a text); create table s.two (a text);"
                        + " insert into s.one values ('row one'); insert into s.two values ('row two');"
                        + " create table public.other (a text)");
        server.sql("postgres", "create database large");
        server.sql(
                "large",
                "create table big (a text);"
                        + " insert into big select repeat('x', 1000)"
                        + "   from generate_series(1, 20000)");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void a_dump_sees_the_moment_of_the_snapshot_and_no_later_row() {
        try (var source = SourceDatabase.connect(Servers.superuser(server), APP)) {
            server.sql("app", "insert into s.one values ('committed after the snapshot')");

            var dumped = Servers.dump(dump(APP, source.snapshot()));

            assertThat(dumped.stderr()).isEmpty();
            assertThat(dumped.status()).isZero();
            assertThat(Servers.asSql(server, dumped.archive(), folder))
                    .contains("row one")
                    .doesNotContain("committed after the snapshot");
        } finally {
            server.sql("app", "delete from s.one where a like 'committed%'");
        }
    }

    @Test
    void an_archive_is_custom_format_and_not_compressed() {
        var dumped = dumped(Selection.EVERYTHING);

        assertThat(new String(dumped.archive(), 0, 5, StandardCharsets.US_ASCII))
                .isEqualTo("PGDMP");
        assertThat(new String(dumped.archive(), StandardCharsets.ISO_8859_1)).contains("row two");
    }

    @Test
    void only_what_is_selected_is_dumped() {
        var schema = new Selection(List.of("s"), List.of(), List.of(), List.of("s.two"), List.of());
        var table = new Selection(List.of(), List.of(), List.of("s.two"), List.of(), List.of());
        var withoutData =
                new Selection(List.of(), List.of("public"), List.of(), List.of(), List.of("s.on*"));

        assertThat(Servers.asSql(server, dumped(schema).archive(), folder))
                .contains("CREATE TABLE s.one")
                .doesNotContain("s.two", "public.other");
        assertThat(Servers.asSql(server, dumped(table).archive(), folder))
                .contains("CREATE TABLE s.two")
                .doesNotContain("s.one", "public.other");
        assertThat(Servers.asSql(server, dumped(withoutData).archive(), folder))
                .contains("CREATE TABLE s.one", "row two")
                .doesNotContain("row one", "public.other");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "we ird=db 'x",
                "postgresql://elsewhere/db",
                "host=elsewhere",
                "back\\slash\"quote",
                "new\nline",
                "Größe €"
            })
    void a_database_of_any_name_is_dumped(String name) {
        server.sql("postgres", "create database \"" + name.replace("\"", "\"\"") + "\"");
        var database = new DatabaseName(name);

        try (var source = SourceDatabase.connect(Servers.superuser(server), database)) {
            var archive =
                    Servers.dump(
                            PgDump.dump(
                                    Servers.tools(server),
                                    Servers.superuser(server),
                                    database,
                                    Selection.EVERYTHING,
                                    source.snapshot(),
                                    DumpLimits.STANDARD));
            var globals =
                    Servers.dump(
                            PgDump.globals(
                                    Servers.tools(server),
                                    Servers.superuser(server),
                                    database,
                                    true));

            assertThat(archive.stderr()).isEmpty();
            assertThat(archive.status()).isZero();
            assertThat(new String(archive.archive(), StandardCharsets.UTF_8)).contains(name);
            assertThat(globals.stderr()).isEmpty();
            assertThat(globals.status()).isZero();
        }
    }

    @Test
    void globals_hold_roles_with_or_without_their_passwords() {
        server.sql("postgres", "create role app_owner login password 'hush'");

        var tools = Servers.tools(server);
        var login = Servers.superuser(server);
        var whole = Servers.dump(PgDump.globals(tools, login, Servers.POSTGRES, true));
        var open = Servers.dump(PgDump.globals(tools, login, Servers.POSTGRES, false));

        assertThat(text(whole)).contains("CREATE ROLE app_owner", "SCRAM-SHA-256");
        assertThat(text(open)).contains("CREATE ROLE app_owner").doesNotContain("SCRAM-SHA-256");
    }

    @Test
    void settings_of_a_role_or_a_database_do_not_change_the_archive() {
        server.sql(
                "app",
                "create table s.pinned as select timestamptz '2026-11-22 12:00+00' as t,"
                        + " '\\x00ff'::bytea as b, 12.5::numeric::money as m");
        var before = Servers.asSql(server, dumped(Selection.EVERYTHING).archive(), folder);

        server.sql("postgres", "alter database app set timezone = 'Asia/Tokyo'");
        server.sql("postgres", "alter database app set bytea_output = 'escape'");
        server.sql("postgres", "alter role postgres set quote_all_identifiers = on");
        server.sql("postgres", "alter role postgres set statement_timeout = 1");
        var after = Servers.asSql(server, dumped(Selection.EVERYTHING).archive(), folder);
        server.sql("postgres", "set statement_timeout = 0; alter role postgres reset all");
        server.sql("postgres", "alter database app reset all");

        assertThat(before).contains("2026-11-22 12:00:00+00", "\\\\x00ff");
        assertThat(withoutHeader(after)).isEqualTo(withoutHeader(before));
    }

    @Test
    void the_password_is_nowhere_but_in_the_childs_environment() throws IOException {
        try (var source = SourceDatabase.connect(Servers.superuser(server), LARGE)) {
            var command = dump(LARGE, source.snapshot());

            assertThat(command.argv()).noneMatch(word -> word.contains(TestServer.PASSWORD));
            assertThat(command.toString()).doesNotContain(TestServer.PASSWORD);
            assertThat(command.environment()).containsEntry("PGPASSWORD", TestServer.PASSWORD);
            // The archive is larger than a pipe, so the program is still there while we look at it.
            try (var running = Processes.start(command)) {
                assertThat(running.stdout().read()).isEqualTo('P');
                var process = ProcessHandle.of(running.pid()).orElseThrow();
                assertThat(process.info().commandLine().orElseThrow())
                        .contains("pg_dump", "--snapshot")
                        .doesNotContain(TestServer.PASSWORD);
                var commandLine =
                        Files.readString(
                                Path.of("/proc", "" + running.pid(), "cmdline"),
                                StandardCharsets.ISO_8859_1);
                assertThat(commandLine).doesNotContain(TestServer.PASSWORD);
                assertThat(running.toString()).doesNotContain(TestServer.PASSWORD);
                assertThat(
                                server.sql(
                                        "app",
                                        "select application_name, query from pg_stat_activity"))
                        .contains("pgvigil")
                        .doesNotContain(TestServer.PASSWORD);
            }
        }
    }

    @Test
    void a_command_is_the_same_data_each_time() {
        var tools = new ToolSet(Servers.tools(server).bin(), ServerVersion.of(18, 1), true);
        var command =
                PgDump.dump(
                        tools,
                        Servers.login(5432, "backup", "x"),
                        APP,
                        new Selection(
                                List.of("a"),
                                List.of("b"),
                                List.of("c"),
                                List.of("d"),
                                List.of("e")),
                        "00000003-0000001B-1",
                        new DumpLimits(Duration.ofSeconds(90), Duration.ofHours(1)));

        assertThat(command.argv().subList(1, command.argv().size()))
                .containsExactly(
                        "--format=custom",
                        "--compress=0",
                        "--host=127.0.0.1",
                        "--port=5432",
                        "--username=backup",
                        "--no-password",
                        "--snapshot=00000003-0000001B-1",
                        "--lock-wait-timeout=90000",
                        "--no-statistics",
                        "--schema=a",
                        "--exclude-schema=b",
                        "--table=c",
                        "--exclude-table=d",
                        "--exclude-table-data=e",
                        "--strict-names",
                        "--dbname=dbname='app' keepalives_idle=60");
        assertThat(command.environment())
                .containsEntry(
                        "PGOPTIONS",
                        "-c TimeZone=UTC -c bytea_output=hex -c lc_monetary=C"
                                + " -c quote_all_identifiers=off -c statement_timeout=0"
                                + " -c idle_in_transaction_session_timeout=0");
    }

    private static Servers.Dumped dumped(Selection selection) {
        var dumped =
                Servers.dump(
                        server, Servers.superuser(server), APP, selection, DumpLimits.STANDARD);
        assertThat(dumped.stderr()).isEmpty();
        assertThat(dumped.status()).isZero();
        return dumped;
    }

    private static Command dump(DatabaseName database, String snapshot) {
        return PgDump.dump(
                Servers.tools(server),
                Servers.superuser(server),
                database,
                Selection.EVERYTHING,
                snapshot,
                DumpLimits.STANDARD);
    }

    private static String text(Servers.Dumped dumped) {
        assertThat(dumped.status()).isZero();
        return new String(dumped.archive(), StandardCharsets.UTF_8);
    }

    // Comments hold dump ids, and \restrict a random key.
    private static String withoutHeader(String sql) {
        return sql.lines()
                .filter(line -> !line.startsWith("--") && !line.startsWith("\\"))
                .reduce("", (a, b) -> a + "\n" + b);
    }
}
