package io.pgvigil.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.SslMode;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What is explained here was said by real programs: each test makes pg_dump fail.
final class DumpFailureTest {
    private static final DatabaseName APP = new DatabaseName("app");

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start();
        server.sql("postgres", "create database app");
        server.sql(
                "app",
                "create table t (a int); create table guarded (a int);"
                        + " alter table guarded enable row level security;"
                        + " create schema hidden; create table hidden.h ();"
                        + " create role plain login password 'plain';"
                        + " create role reader login password 'reader' in role pg_read_all_data;"
                        + " create role locked nologin password 'x'");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void the_server_is_down() {
        var problem = explain(Servers.login(1, "postgres", "x"), APP);

        assertThat(problem.code()).isEqualTo(ErrorCode.SERVER_UNREACHABLE);
        assertThat(problem.transientFailure()).isTrue();
        assertThat(problem.what()).contains("Connection refused");
    }

    @Test
    void the_host_has_no_address() {
        var endpoint = new Endpoint("no.invalid", 1, "me", SslMode.PREFER, Optional.empty());

        assertThat(explain(new Login(endpoint, Optional.empty()), APP).code())
                .isEqualTo(ErrorCode.SERVER_UNREACHABLE);
    }

    @Test
    void the_password_is_wrong_or_missing() {
        var wrong = explain(Servers.login(server.port(), "postgres", "t0psecret"), APP);

        assertThat(wrong.code()).isEqualTo(ErrorCode.AUTHENTICATION_FAILED);
        assertThat(wrong.transientFailure()).isFalse();
        assertThat(wrong).hasMessageNotContaining("t0psecret");
        var none = new Login(Servers.superuser(server).endpoint(), Optional.empty());
        assertThat(explain(none, APP).code()).isEqualTo(ErrorCode.AUTHENTICATION_FAILED);
        var locked = Servers.login(server.port(), "locked", "x");
        assertThat(explain(locked, APP).code()).isEqualTo(ErrorCode.AUTHENTICATION_FAILED);
    }

    @Test
    void the_database_does_not_exist() {
        var problem = explain(Servers.superuser(server), new DatabaseName("no 'such"));

        assertThat(problem.code()).isEqualTo(ErrorCode.DATABASE_NOT_FOUND);
        assertThat(problem.what()).isEqualTo("the server has no database \"no 'such\"");
    }

    @Test
    void the_role_may_not_read_a_table() {
        var problem = dumpAs("plain", Selection.EVERYTHING);

        assertThat(problem.code()).isEqualTo(ErrorCode.PRIVILEGE_MISSING);
        assertThat(problem.what()).contains("permission denied for");
        assertThat(problem.hint()).contains("pgvigil grants");
    }

    @Test
    void row_security_hides_rows_and_the_table_is_named() {
        var problem = dumpAs("reader", Selection.EVERYTHING);

        assertThat(problem.code()).isEqualTo(ErrorCode.PRIVILEGE_MISSING);
        assertThat(problem.what()).contains("row security").contains("\"guarded\"");
        assertThat(problem.hint()).contains("BYPASSRLS").contains("pgvigil grants");
    }

    @Test
    void a_role_that_may_not_read_password_hashes_cannot_dump_them() {
        var dumped =
                Servers.dump(
                        PgDump.globals(
                                Servers.tools(server),
                                Servers.login(server.port(), "plain", "plain"),
                                APP,
                                true));

        var problem = DumpFailure.explain(dumped.status(), dumped.stderr());

        assertThat(problem.code()).isEqualTo(ErrorCode.PRIVILEGE_MISSING);
        assertThat(problem.what()).contains("pg_authid");
    }

    @Test
    void a_lock_is_held_too_long_and_the_table_is_named() throws SQLException {
        try (var other = DriverManager.getConnection(server.jdbcUrl("app"));
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("lock table t in access exclusive mode");

            var dumped =
                    Servers.dump(
                            server,
                            Servers.superuser(server),
                            APP,
                            Selection.EVERYTHING,
                            new DumpLimits(Duration.ofMillis(300), Duration.ofHours(1)));

            var problem = DumpFailure.explain(dumped.status(), dumped.stderr());
            assertThat(problem.code()).isEqualTo(ErrorCode.LOCK_TIMEOUT);
            assertThat(problem.transientFailure()).isTrue();
            assertThat(problem.what()).contains("public.t");
        }
    }

    @Test
    void a_selection_matches_nothing() {
        var selection =
                new Selection(List.of(), List.of(), List.of("t", "typo"), List.of(), List.of());
        var dumped =
                Servers.dump(
                        server, Servers.superuser(server), APP, selection, DumpLimits.STANDARD);

        var problem = DumpFailure.explain(dumped.status(), dumped.stderr());

        assertThat(problem.code()).isEqualTo(ErrorCode.SELECTION_MATCHES_NOTHING);
        assertThat(problem.what()).contains("typo");
    }

    @Test
    void the_snapshot_is_gone() {
        String snapshot;
        try (var source = SourceDatabase.connect(Servers.superuser(server), APP)) {
            snapshot = source.snapshot();
        }

        var problem = explainDump(Servers.superuser(server), APP, snapshot);

        assertThat(problem.code()).isEqualTo(ErrorCode.DUMP_FAILED);
        assertThat(problem.what()).contains("snapshot was gone");
        assertThat(problem.transientFailure()).isTrue();
    }

    @Test
    void the_server_goes_away_in_the_middle() throws IOException {
        server.sql("postgres", "create database dying");
        server.sql(
                "dying",
                "create table big as select repeat('x', 1000) from generate_series(1, 20000)");
        var database = new DatabaseName("dying");
        try (var source = SourceDatabase.connect(Servers.superuser(server), database);
                var running =
                        Processes.start(
                                command(Servers.superuser(server), database, source.snapshot()))) {
            running.stdout().readNBytes(100_000);
            server.sql(
                    "postgres",
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                            + " where application_name = 'pgvigil' and query like 'COPY%'");
            running.stdout().readAllBytes();

            var problem = DumpFailure.explain(running.waitFor(Servers.LIMIT), running.stderr());

            assertThat(problem.code()).isEqualTo(ErrorCode.SERVER_UNREACHABLE);
            assertThat(problem.transientFailure()).isTrue();
        }
    }

    @Test
    void the_program_is_killed_or_told_to_stop() {
        assertThat(signalled("KILL").what()).contains("signal 9");
        assertThat(signalled("KILL").transientFailure()).isTrue();
        assertThat(signalled("TERM").code()).isEqualTo(ErrorCode.DUMP_CANCELLED);
    }

    @Test
    void a_damaged_page_on_the_source_is_said_as_what_it_is() throws IOException {
        server.sql("postgres", "create database damaged");
        server.sql(
                "damaged",
                "create table t as select repeat('x', 100) from generate_series(1, 1000);"
                        + " checkpoint");
        var path = server.sql("damaged", "select pg_relation_filepath('t')");
        server.stop();
        var file = server.folder().resolve("data").resolve(path);
        var bytes = Files.readAllBytes(file);
        java.util.Arrays.fill(bytes, 8192, 8192 + 64, (byte) 0x55);
        Files.write(file, bytes);
        server.startAgain();

        var dumped =
                Servers.dump(
                        server,
                        Servers.superuser(server),
                        new DatabaseName("damaged"),
                        Selection.EVERYTHING,
                        DumpLimits.STANDARD);

        var problem = DumpFailure.explain(dumped.status(), dumped.stderr());
        assertThat(problem.code()).isEqualTo(ErrorCode.DUMP_FAILED);
        assertThat(problem.what()).contains("damaged");
        assertThat(problem.hint()).contains("Keep every older backup");
    }

    // These need situations that a test cannot make on every machine; the words are the programs'
    // own.
    @Test
    void words_of_programs_that_a_test_cannot_provoke() {
        var mismatch =
                DumpFailure.explain(
                        1,
                        List.of(
                                "pg_dump: error: aborting because of server version mismatch",
                                "pg_dump: detail: server version: 17.11 (Debian 17.11-1);"
                                        + " pg_dump version: 15.18 (Debian 15.18-0+deb12u1)"));
        assertThat(mismatch.code()).isEqualTo(ErrorCode.TOOL_TOO_OLD);
        assertThat(mismatch.what())
                .isEqualTo("pg_dump 15.18 cannot read a server of version 17.11");
        assertThat(mismatch.hint()).contains("postgresql-client-17");

        var conflict =
                DumpFailure.explain(
                        1,
                        List.of(
                                "pg_dump: error: Dumping the contents of table \"t\" failed:"
                                        + " PQgetResult() failed.",
                                "pg_dump: detail: Error message from server: ERROR:  canceling"
                                        + " statement due to conflict with recovery",
                                "DETAIL:  User query might have needed to see row versions that must"
                                        + " be removed."));
        assertThat(conflict.code()).isEqualTo(ErrorCode.RECOVERY_CONFLICT);
        assertThat(conflict.transientFailure()).isTrue();

        assertThat(
                        DumpFailure.explain(
                                        1,
                                        List.of(
                                                "pg_dump: error: query failed: ERROR:  could not"
                                                        + " write to file \"base/pgsql_tmp/1\": No space"
                                                        + " left on device"))
                                .code())
                .isEqualTo(ErrorCode.DISK_FULL);
        assertThat(
                        DumpFailure.explain(
                                        1,
                                        List.of(
                                                "pg_dump: error: connection to server at"
                                                        + " \"127.0.0.1\", port 6432 failed: FATAL: "
                                                        + " unsupported startup parameter in options:"
                                                        + " timezone"))
                                .code())
                .isEqualTo(ErrorCode.POOLER_REFUSED);
    }

    @Test
    void what_nobody_foresaw_shows_the_last_error_and_never_a_whole_row() {
        var problem =
                DumpFailure.explain(
                        1,
                        List.of(
                                "pg_dump: error: something new: " + "row ".repeat(500),
                                "pg_dump: x"));

        assertThat(problem.code()).isEqualTo(ErrorCode.DUMP_FAILED);
        assertThat(problem.what()).contains("something new").hasSizeLessThan(400);
        assertThat(DumpFailure.explain(1, List.of()).what()).contains("it said nothing");
    }

    @Test
    void warnings_are_read_with_their_details() {
        server.sql("postgres", "create database warned");
        server.sql(
                "warned",
                "create table a (id int primary key, b int);"
                        + " create table b (id int primary key, a int references a);"
                        + " alter table a add foreign key (b) references b;"
                        + " create subscription s connection 'dbname=x' publication p"
                        + " with (connect = false)");
        var database = new DatabaseName("warned");

        var circular =
                Servers.dump(
                        server,
                        Servers.superuser(server),
                        database,
                        Selection.EVERYTHING,
                        DumpLimits.STANDARD);
        var omitting =
                Servers.dump(
                        server,
                        Servers.login(server.port(), "reader", "reader"),
                        database,
                        Selection.EVERYTHING,
                        DumpLimits.STANDARD);
        server.sql("warned", "alter subscription s set (slot_name = none); drop subscription s");

        assertThat(circular.status()).isZero();
        assertThat(DumpWarnings.of(circular.stderr()))
                .allMatch(warning -> !warning.leavesSomethingOut());
        assertThat(omitting.status()).isZero();
        assertThat(DumpWarnings.of(omitting.stderr()))
                .anyMatch(warning ->
                        warning.leavesSomethingOut()
                                && warning.message().contains("subscriptions"));
        assertThat(
                        DumpWarnings.of(
                                List.of(
                                        "pg_dump: warning: there are circular foreign-key"
                                                + " constraints on this table:",
                                        "pg_dump: detail:   a",
                                        "pg_dump: hint: You might not be able to restore it.",
                                        "something else",
                                        "pg_dump: detail: of no warning",
                                        "WARNING:  database has a collation version mismatch")))
                .containsExactly(
                        new DumpWarning(
                                "there are circular foreign-key constraints on this table:",
                                List.of("a", "You might not be able to restore it.")),
                        new DumpWarning("database has a collation version mismatch", List.of()));
    }

    private static Problem dumpAs(String role, Selection selection) {
        var dumped =
                Servers.dump(
                        server,
                        Servers.login(server.port(), role, role),
                        APP,
                        selection,
                        DumpLimits.STANDARD);
        return DumpFailure.explain(dumped.status(), dumped.stderr());
    }

    private static Problem explain(Login login, DatabaseName database) {
        return explainDump(login, database, "00000003-0000001B-1");
    }

    private static Problem explainDump(Login login, DatabaseName database, String snapshot) {
        var dumped = Servers.dump(command(login, database, snapshot));
        assertThat(dumped.status()).isNotZero();
        return DumpFailure.explain(dumped.status(), dumped.stderr());
    }

    private static io.pgvigil.core.process.Command command(
            Login login, DatabaseName database, String snapshot) {
        return PgDump.dump(
                Servers.tools(server),
                login,
                database,
                Selection.EVERYTHING,
                snapshot,
                DumpLimits.STANDARD);
    }

    private static Problem signalled(String signal) {
        var status =
                Processes.run(
                                io.pgvigil.core.process.Command.of(
                                        "sh", "-c", "kill -" + signal + " $$"),
                                Servers.LIMIT)
                        .status();
        return DumpFailure.explain(status, List.of());
    }
}
