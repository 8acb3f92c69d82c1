package io.pgvigil.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.SslMode;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.testkit.TestServer;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class SourceDatabaseTest {
    private static TestServer server;

    @BeforeAll
    static void start() {
        server =
                TestServer.start(
                        "max_prepared_transactions = 5",
                        "ssl = off",
                        // Defaults that would end a long dump, were they not overruled.
                        "idle_in_transaction_session_timeout = 500",
                        "statement_timeout = 30000");
        server.sql("postgres", "create database facts");
        server.sql("postgres", "create database \"we ird=db 'x\"");
        server.sql("postgres", "create database closed allow_connections = false");
        server.sql("postgres", "create database rdsadmin_not");
        server.sql("postgres", "create role plain login password 'plain'");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void tells_what_an_archive_cannot_hold() {
        server.sql("facts", "create extension cube version '1.4'");
        server.sql("facts", "create table t (a int); insert into t values (1), (1)");
        server.sql("facts", "create materialized view \"M v\" as select 1 as x with no data");
        server.sql("facts", "select lo_create(0)");
        server.sql(
                "facts",
                "create index i on t (a); update pg_index set indisvalid = false"
                        + " where indexrelid = 'i'::regclass");
        server.sql(
                "facts", "begin; insert into t values (7); prepare transaction 'second phase'; ");

        try (var source = connect("facts")) {
            var facts = source.facts();

            assertThat(facts.version()).isEqualTo(Servers.tools(server).version());
            assertThat(facts.versionText()).startsWith("PostgreSQL " + facts.version());
            assertThat(facts.systemIdentifier().orElseThrow().value())
                    .isEqualTo(
                            server.sql(
                                    "facts", "select system_identifier from pg_control_system()"));
            assertThat(facts.timeline()).hasValue(1);
            assertThat(facts.inRecovery()).isFalse();
            assertThat(facts.managed()).isEqualTo(ServerFacts.Managed.NO);
            assertThat(facts.lsn()).isPresent();
            assertThat(facts.database().name()).isEqualTo(new DatabaseName("facts"));
            assertThat(facts.database().owner()).isEqualTo("postgres");
            assertThat(facts.database().encoding()).isEqualTo("UTF8");
            assertThat(facts.database().collate()).isEqualTo("C.UTF-8");
            assertThat(facts.database().localeProvider()).isEqualTo("libc");
            assertThat(facts.database().size().bytes()).isGreaterThan(1_000_000);
            assertThat(facts.database().tables()).isEqualTo(1);
            assertThat(facts.database().largeObjects()).isEqualTo(1);
            assertThat(facts.role())
                    .isEqualTo(new RoleFacts("postgres", true, true, true, true, true));
            assertThat(facts.settings())
                    .containsEntry("max_connections", "50")
                    .containsKeys("wal_segment_size", "data_checksums");
            assertThat(facts.extensions())
                    .contains(new ServerFacts.Extension("cube", "1.4", "public"));
            assertThat(facts.invalidIndexes()).containsExactly("public.i");
            assertThat(facts.preparedTransactions())
                    .extracting(ServerFacts.PreparedTransaction::name)
                    .containsExactly("second phase");
            assertThat(facts.materializedViews())
                    .containsExactly(new ServerFacts.MaterializedView("public.\"M v\"", false));
            assertThat(facts.tablespaces()).isEmpty();
        }
    }

    @Test
    void a_role_without_privileges_still_gets_its_facts() {
        var plain = Servers.login(server.port(), "plain", "plain");
        server.sql("postgres", "revoke execute on function pg_control_system() from public");

        try (var source = SourceDatabase.connect(plain, Servers.POSTGRES)) {
            var facts = source.facts();

            assertThat(facts.role())
                    .isEqualTo(new RoleFacts("plain", false, false, false, false, false));
            assertThat(facts.systemIdentifier()).isEmpty();
            // A refused question must not have ended the transaction.
            assertThat(source.isAlive()).isTrue();
        } finally {
            server.sql("postgres", "grant execute on function pg_control_system() to public");
        }
    }

    @Test
    void all_means_what_can_be_connected_to_without_templates() {
        try (var source = connect("postgres")) {
            assertThat(source.databases())
                    .extracting(DatabaseName::value)
                    .containsExactly("facts", "postgres", "rdsadmin_not", "we ird=db 'x");
        }
    }

    @Test
    void any_name_of_a_database_can_be_connected_to() {
        try (var source = connect("we ird=db 'x")) {
            assertThat(source.facts().database().name().value()).isEqualTo("we ird=db 'x");
        }
    }

    @Test
    void the_snapshot_outlives_the_servers_limit_on_idle_transactions()
            throws InterruptedException {
        try (var source = connect("postgres")) {
            Thread.sleep(1200);

            assertThat(source.isAlive()).isTrue();
            assertThat(
                            server.sql(
                                    "postgres",
                                    "begin isolation level repeatable read; set transaction"
                                            + " snapshot '"
                                            + source.snapshot()
                                            + "'; select 'same'; commit"))
                    .isEqualTo("same");
        }
    }

    @Test
    void the_source_cannot_be_written_to() {
        try (var source = connect("postgres")) {
            assertThatThrownBy(() -> source.ask(sql -> sql.text("create table x () ")))
                    .isInstanceOf(Problem.class)
                    .hasMessageContaining("read-only transaction");
        }
    }

    @Test
    void a_server_that_is_down_is_unreachable_and_worth_trying_again() {
        refused(Servers.login(1, "postgres", "x"), "postgres", ErrorCode.SERVER_UNREACHABLE, true);
    }

    @Test
    void a_host_that_does_not_exist_is_unreachable() {
        var endpoint =
                new Endpoint("no-such-host.invalid", 5432, "me", SslMode.PREFER, Optional.empty());
        refused(
                new Login(endpoint, Optional.empty()),
                "postgres",
                ErrorCode.SERVER_UNREACHABLE,
                true);
    }

    @Test
    void a_wrong_or_missing_password_is_said_without_the_password() {
        var wrong = Servers.login(server.port(), "postgres", "t0psecret");
        assertThat(refused(wrong, "postgres", ErrorCode.AUTHENTICATION_FAILED, false))
                .hasMessageNotContaining("t0psecret");
        refused(
                new Login(wrong.endpoint(), Optional.empty()),
                "postgres",
                ErrorCode.AUTHENTICATION_FAILED,
                false);
    }

    @Test
    void a_database_that_does_not_exist_is_named() {
        assertThat(
                        refused(
                                Servers.superuser(server),
                                "no such",
                                ErrorCode.DATABASE_NOT_FOUND,
                                false))
                .hasMessageContaining("\"no such\"");
    }

    @Test
    void tls_that_the_server_does_not_speak_is_refused_and_not_tried_again() {
        var strict =
                new Login(
                        new Endpoint(
                                "127.0.0.1",
                                server.port(),
                                "postgres",
                                SslMode.REQUIRE,
                                Optional.empty()),
                        Servers.superuser(server).password());
        assertThat(refused(strict, "postgres", ErrorCode.SERVER_UNREACHABLE, false).hint())
                .contains("sslmode");
    }

    @Test
    void a_pooler_that_forgets_the_sessions_settings_is_refused() throws IOException {
        try (var pooler = new FakePooler(server.port(), true, false)) {
            assertThat(through(pooler, ErrorCode.POOLER_REFUSED))
                    .hasMessageContaining("settings")
                    .hasMessageContaining("Connect to the server itself");
        }
    }

    @Test
    void a_pooler_that_gives_one_backend_to_two_sessions_is_refused() throws IOException {
        try (var pooler = new FakePooler(server.port(), false, true)) {
            assertThat(through(pooler, ErrorCode.POOLER_REFUSED))
                    .hasMessageContaining("two sessions share one backend");
        }
    }

    @Test
    void something_in_between_that_keeps_sessions_apart_is_not_in_the_way() throws IOException {
        try (var pooler = new FakePooler(server.port(), false, false);
                var source = SourceDatabase.connect(through(pooler), Servers.POSTGRES)) {
            assertThat(source.isAlive()).isTrue();
        }
    }

    @Test
    void a_socket_folder_is_refused_with_a_way_out() {
        var socket =
                new Login(
                        new Endpoint("/tmp", 5432, "postgres", SslMode.PREFER, Optional.empty()),
                        Optional.empty());
        assertThat(refused(socket, "postgres", ErrorCode.NOT_SUPPORTED_HERE, false).hint())
                .contains("localhost");
    }

    private static Problem refused(
            Login login, String database, ErrorCode code, boolean transientFailure) {
        try (var source = SourceDatabase.connect(login, new DatabaseName(database))) {
            throw new AssertionError("connected to " + source);
        } catch (Problem problem) {
            assertThat(problem.code()).as(problem.getMessage()).isEqualTo(code);
            assertThat(problem.transientFailure()).isEqualTo(transientFailure);
            return problem;
        }
    }

    private static Problem through(FakePooler pooler, ErrorCode code) {
        return refused(through(pooler), "postgres", code, false);
    }

    private static Login through(FakePooler pooler) {
        return Servers.login(pooler.port(), TestServer.USER, TestServer.PASSWORD);
    }

    private static SourceDatabase connect(String database) {
        return SourceDatabase.connect(Servers.superuser(server), new DatabaseName(database));
    }
}
