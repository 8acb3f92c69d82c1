package io.pgvigil.postgres.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.LoginSource;
import io.pgvigil.testkit.TestServer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// A password that lives shorter than a restore, as a token of RDS does: 15 minutes, asked for only
/// when a connection is opened.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ChangingPasswordTest {
    private static final int JOBS = 3;
    private static final int TABLES = 8;

    private static final String AT_FIRST = "secret-1";
    private static final String LATER = "secret-2";
    private static final String FIRST = "to_regclass('public.child') is not null";
    private static final String LAST =
            "exists (select from pg_constraint where conrelid >= 16384 and contype = 'f')";

    @TempDir Path folder = Path.of("/");
    private final TestServer server = TestServer.start();

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void jobs_that_are_at_work_finish_and_nothing_is_called_missing() {
        // One of the jobs makes the foreign key, the last thing there is to do. The program's last
        // connection comes after it, with the password of the beginning.
        var outcome = restored("at_work", LAST, source("at_work"));

        assertThat(outcome.errors()).isEmpty();
        assertThat(outcome.complete()).isTrue();
        requireAllRows("at_work");
        assertThat(password("at_work")).isEqualTo(LATER);
    }

    @Test
    void jobs_that_connect_too_late_are_started_again_with_the_password_of_now() {
        // Tables are made on the first connection; the jobs' connections are yet to come.
        var outcome = restored("too_late", FIRST, source("too_late"));

        assertThat(outcome.errors()).isEmpty();
        assertThat(outcome.complete()).isTrue();
        requireAllRows("too_late");
        assertThat(password("too_late")).isEqualTo(LATER);
    }

    @Test
    void a_login_that_is_kept_is_an_error_and_never_silence() {
        var kept = Lab.login(server, "mover", AT_FIRST);

        var outcome = restored("kept", FIRST, kept);

        assertThat(outcome.complete()).isFalse();
        assertThat(outcome.errors().toString()).contains("password authentication failed");
    }

    private RestoreOutcome restored(String name, String moment, LoginSource logins) {
        source(name, moment);
        var archive = Lab.archive(server, name + "_source", folder);
        return new Restoration(Lab.tools())
                .restore(
                        archive.file(),
                        archive.toc(),
                        RestoreTarget.existing(logins, new DatabaseName(name)),
                        RestoreOptions.standard(folder).withJobs(JOBS));
    }

    private void source(String name, String moment) {
        server.sql("postgres", "create database " + name + "_source");
        server.sql("postgres", "create database " + name);
        for (var i = 0; i < TABLES; i++)
            server.sql(
                    name + "_source",
                    "create table t%d (n int primary key); insert into t%d select generate_series(1, 20000)"
                            .formatted(i, i));
        server.sql(
                name + "_source",
                "create table child (n int references t0); grant select on child to public");
        changeWhen(name, moment);
    }

    private void requireAllRows(String name) {
        for (var i = 0; i < TABLES; i++)
            assertThat(server.sql(name, "select count(*) from t" + i)).isEqualTo("20000");
        assertThat(
                        server.sql(
                                name,
                                "select count(*) from pg_constraint where conrelid >= 16384 and contype in ('p', 'f')"))
                .isEqualTo(Integer.toString(TABLES + 1));
        assertThat(server.sql(name, "select has_table_privilege('public', 'child', 'select')"))
                .isEqualTo("t");
    }

    /// In the target, the restore's own statement changes the password, so that the moment is certain.
    private void changeWhen(String name, String moment) {
        server.sql(
                "postgres",
                """
                do $$ begin
                  if not exists (select from pg_roles where rolname = 'mover') then
                    create role mover superuser login;
                  end if;
                end $$;
                """);
        server.sql("postgres", "alter role mover password '%s'".formatted(AT_FIRST));
        server.sql(
                name,
                """
                create schema control;
                create table control.password (value text);
                insert into control.password values ('%s');
                create function control.change() returns event_trigger language plpgsql as $$
                begin
                  if (select value from control.password) = '%s' and %s then
                    update control.password set value = '%s';
                    alter role mover password '%s';
                  end if;
                end $$;
                create event trigger change on ddl_command_end execute function control.change();
                """
                        .formatted(AT_FIRST, AT_FIRST, moment, LATER, LATER));
    }

    private String password(String name) {
        return server.sql(name, "select value from control.password");
    }

    private LoginSource source(String name) {
        return new LoginSource() {
            @Override
            public Endpoint endpoint() {
                return Lab.login(server, "mover", AT_FIRST).endpoint();
            }

            @Override
            public Login login() {
                return Lab.login(server, "mover", password(name));
            }
        };
    }
}
