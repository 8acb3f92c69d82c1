package io.pgvigil.postgres.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.LoginSource;
import io.pgvigil.testkit.TestServer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
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

    @TempDir Path folder = Path.of("/");
    private final TestServer server = TestServer.start();
    private final AtomicInteger password = new AtomicInteger();

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void jobs_that_are_at_work_finish_and_nothing_is_called_missing() {
        // Data is flowing when the password changes; the program's last connection uses the old
        // one.
        var outcome = restored("at_work", line -> line.contains("processing data for"));

        assertThat(outcome.errors()).isEmpty();
        assertThat(outcome.complete()).isTrue();
        requireAllRows("at_work");
    }

    @Test
    void jobs_that_connect_too_late_are_started_again_with_the_password_of_now() {
        // Tables are being made, on the first connection; the jobs' connections are yet to come.
        var outcome = restored("too_late", line -> line.contains("creating TABLE"));

        assertThat(outcome.errors()).isEmpty();
        assertThat(outcome.complete()).isTrue();
        requireAllRows("too_late");
    }

    @Test
    void a_password_that_stays_the_old_one_is_an_error_and_never_silence() {
        source("stays");
        var archive = Lab.archive(server, "stays_source", folder);
        changePassword();
        var kept = source().login();
        var changed = new AtomicBoolean();

        var outcome =
                new Restoration(Lab.tools())
                        .restore(
                                archive.file(),
                                archive.toc(),
                                // A login that is kept is what a restore must not be given.
                                RestoreTarget.existing(kept, new DatabaseName("stays")),
                                RestoreOptions.standard(folder)
                                        .withJobs(JOBS)
                                        .withProgress(line -> {
                                            if (line.contains("creating TABLE")
                                                    && changed.compareAndSet(false, true))
                                                changePassword();
                                        }));

        assertThat(outcome.complete()).isFalse();
    }

    private RestoreOutcome restored(String name, Predicate<String> moment) {
        source(name);
        var archive = Lab.archive(server, name + "_source", folder);
        changePassword();
        var changed = new AtomicBoolean();

        var outcome =
                new Restoration(Lab.tools())
                        .restore(
                                archive.file(),
                                archive.toc(),
                                RestoreTarget.existing(source(), new DatabaseName(name)),
                                RestoreOptions.standard(folder)
                                        .withJobs(JOBS)
                                        .withProgress(line -> {
                                            if (moment.test(line)
                                                    && changed.compareAndSet(false, true))
                                                changePassword();
                                        }));

        assertThat(changed).as("the password was changed on the way").isTrue();
        return outcome;
    }

    private void source(String name) {
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

    /// Takes effect for connections that are opened from now on, and leaves the others alone.
    private void changePassword() {
        var next = "secret-" + password.incrementAndGet();
        server.sql(
                "postgres",
                """
                do $$ begin
                  if not exists (select from pg_roles where rolname = 'mover') then
                    create role mover superuser login;
                  end if;
                end $$;
                """);
        server.sql("postgres", "alter role mover password '" + next + "'");
    }

    private LoginSource source() {
        return new LoginSource() {
            @Override
            public Endpoint endpoint() {
                return login().endpoint();
            }

            @Override
            public Login login() {
                return Lab.login(server, "mover", "secret-" + password.get());
            }
        };
    }
}
