package io.pgvigil.postgres.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.restore.Lab.Archive;
import io.pgvigil.postgres.restore.Replacement.Names;
import io.pgvigil.testkit.TestServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReplacementTest {
    private static final Instant NOW = Instant.parse("2026-11-22T02:30:00Z");
    private static final Names NAMES = Names.of(new DatabaseName("shop"), "k7", NOW);

    @TempDir static Path folder = Path.of("/");
    private static TestServer server = TestServer.start();
    private static Archive archive = new Archive(Path.of("/"), List.of());

    @BeforeAll
    static void archive() {
        server.sql("postgres", "create database shop");
        server.sql(
                "shop",
                "create table t(n int); insert into t values (1); create role buyer; grant temp on"
                        + " database shop to buyer; alter database shop set work_mem = '7MB'; comment on"
                        + " database shop is 'the shop'");
        archive = Lab.archive(server, "shop", folder);
    }

    @BeforeEach
    void newerLife() {
        for (var name : List.of(NAMES.live(), NAMES.fresh(), NAMES.before()))
            server.sql("postgres", "drop database if exists " + Identifier.quoted(name.value()));
        server.sql("postgres", "create database shop");
        server.sql("shop", "create table t(n int); insert into t values (2)");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void the_restored_database_takes_over_and_the_old_one_is_kept() {
        var outcome = replacement().replace(NAMES, ReplacementTest::restore, (login, fresh) -> {});

        assertThat(outcome.complete()).isTrue();
        assertThat(server.sql("shop", "select n from t")).isEqualTo("1");
        assertThat(server.sql("shop_before_20261122T023000Z", "select n from t")).isEqualTo("2");
        assertThat(databases()).doesNotContain("shop_pgvigil_new_k7");
        // What belongs to the database came along under its new name.
        assertThat(server.sql("shop", "show work_mem")).isEqualTo("7MB");
        assertThat(
                        server.sql(
                                "shop",
                                "select has_database_privilege('buyer', 'shop', 'temp'),"
                                        + " shobj_description(oid, 'pg_database') from pg_database where datname ="
                                        + " 'shop'"))
                .isEqualTo("t|the shop");
    }

    @Test
    void clients_that_keep_coming_back_do_not_stop_the_switch() throws Exception {
        server.sql("postgres", "create database \"shop_pgvigil_new_k7\"");
        var stop = new AtomicBoolean();
        var pool =
                Thread.ofPlatform()
                        .start(() -> {
                            while (!stop.get()) {
                                try (var connection =
                                                DriverManager.getConnection(
                                                        server.jdbcUrl("shop"));
                                        var statement = connection.createStatement()) {
                                    statement.execute("select pg_sleep(600)");
                                } catch (java.sql.SQLException thrownOut) {
                                    // As a pool does: again, at once.
                                }
                            }
                        });
        try {
            Thread.sleep(300);
            replacement().switchOver(NAMES);
        } finally {
            stop.set(true);
            // One that was just connecting is not there yet to be thrown out.
            for (int round = 0; round < 100 && pool.isAlive(); round++) {
                server.sql(
                        "postgres",
                        "select pg_terminate_backend(pid) from pg_stat_activity where datname"
                                + " like 'shop%'");
                pool.join(100);
            }
        }
        assertThat(pool.isAlive()).isFalse();

        assertThat(databases()).contains("shop", "shop_before_20261122T023000Z");
        assertThat(databases()).doesNotContain("shop_pgvigil_new_k7");
    }

    @Test
    void a_server_killed_between_the_renames_has_lost_nothing() {
        server.sql("postgres", "create database \"shop_pgvigil_new_k7\"");
        try {
            assertThatThrownBy(() -> replacement().switchOver(NAMES, server::kill))
                    .isInstanceOfSatisfying(
                            Problem.class,
                            problem -> {
                                assertThat(problem.code()).isEqualTo(ErrorCode.REPLACE_FAILED);
                                assertThat(problem.what()).contains("does not answer");
                            });
        } finally {
            server.startAgain();
        }

        assertThat(databases())
                .contains("shop", "shop_pgvigil_new_k7")
                .doesNotContain("shop_before_20261122T023000Z");
        assertThat(server.sql("shop", "select n from t")).isEqualTo("2");
    }

    @Test
    void a_second_rename_that_fails_leaves_the_first_undone_and_says_so() {
        assertThatThrownBy(() -> replacement().switchOver(NAMES))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> {
                            assertThat(problem.code()).isEqualTo(ErrorCode.REPLACE_FAILED);
                            assertThat(problem.what()).contains("shop is the old one, unchanged");
                        });

        assertThat(databases()).contains("shop").doesNotContain("shop_before_20261122T023000Z");
    }

    @Test
    void a_check_that_says_no_leaves_the_living_database_alone() {
        assertThatThrownBy(() ->
                        replacement()
                                .replace(
                                        NAMES,
                                        ReplacementTest::restore,
                                        (login, fresh) -> {
                                            throw new Problem(
                                                    ErrorCode.CHECK_FAILED, "too few", "Look.");
                                        }))
                .hasMessageContaining("too few");

        assertThat(server.sql("shop", "select n from t")).isEqualTo("2");
        assertThat(databases()).doesNotContain("shop_pgvigil_new_k7");
    }

    @Test
    void an_incomplete_restore_never_takes_over() {
        server.sql("postgres", "alter role buyer rename to buyer_away");
        try {
            assertThatThrownBy(() ->
                            replacement()
                                    .replace(NAMES, ReplacementTest::restore, (login, fresh) -> {}))
                    .isInstanceOfSatisfying(
                            Problem.class,
                            problem ->
                                    assertThat(problem.code())
                                            .isEqualTo(ErrorCode.RESTORE_INCOMPLETE));
        } finally {
            server.sql("postgres", "alter role buyer_away rename to buyer");
        }

        assertThat(server.sql("shop", "select n from t")).isEqualTo("2");
        assertThat(databases()).doesNotContain("shop_pgvigil_new_k7");
    }

    @Test
    void what_an_earlier_replacement_left_is_not_overwritten() {
        server.sql("postgres", "create database \"shop_pgvigil_new_k7\"");

        assertThatThrownBy(() ->
                        replacement()
                                .replace(NAMES, ReplacementTest::restore, (login, fresh) -> {}))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem ->
                                assertThat(problem.code()).isEqualTo(ErrorCode.TARGET_NOT_EMPTY));

        assertThat(databases()).contains("shop", "shop_pgvigil_new_k7");
    }

    @Test
    void names_fit_even_when_the_database_s_own_is_as_long_as_can_be() {
        var names = Names.of(new DatabaseName("ü".repeat(31)), "k7", NOW);

        for (var name : List.of(names.fresh(), names.before()))
            assertThat(name.value().getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(63);
        assertThat(names.before().value()).endsWith("ü_before_20261122T023000Z");
    }

    private static Replacement replacement() {
        return new Replacement(Lab.login(server), new DatabaseName("postgres"));
    }

    private static RestoreOutcome restore(RestoreTarget fresh) {
        return new Restoration(Lab.tools())
                .restore(archive.file(), archive.toc(), fresh, RestoreOptions.standard(folder));
    }

    private static List<String> databases() {
        return server.sql("postgres", "select datname from pg_database").lines().toList();
    }
}
