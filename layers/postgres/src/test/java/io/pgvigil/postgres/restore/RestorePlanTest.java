package io.pgvigil.postgres.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.ByteSize;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.ServerVersion;
import io.pgvigil.postgres.restore.Lab.Archive;
import io.pgvigil.testkit.TestServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RestorePlanTest {
    private static final ServerVersion V15 = ServerVersion.of(15, 4);
    private static final ByteSize SIZE = ByteSize.of(1000);

    @TempDir static Path folder = Path.of("/");
    private static TestServer server = TestServer.start();
    private static Archive archive = new Archive(Path.of("/"), List.of());
    private static Optional<Globals> globals = Optional.empty();

    @BeforeAll
    static void archive() {
        server.sql("postgres", "create database shop");
        server.sql(
                "shop",
                """
                create role keeper; create role "Odd reader";
                create extension hstore;
                create table t(n int); alter table t owner to keeper;
                grant select on t to "Odd reader";
                create table u(t_id int);
                """);
        archive = Lab.archive(server, "shop", folder);
        globals = Optional.of(Lab.globals(server));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void an_empty_target_is_filled_and_the_steps_say_how() {
        var plan = plan(facts(), creating(), options());

        assertThat(plan.allowed()).isTrue();
        assertThat(plan.foreseen()).isEmpty();
        assertThat(plan.steps().getFirst()).startsWith("create database fresh").contains("UTF8");
        assertThat(plan.steps())
                .anyMatch(step -> step.contains("the rows of 2 tables, with 1 job"));
        assertThat(plan.space()).isEqualTo(SIZE);
    }

    @Test
    void a_database_that_holds_something_is_refused_and_what_it_holds_is_named() {
        server.sql("postgres", "create database holding");
        server.sql(
                "holding",
                "create table precious(n int); create schema s; create function f() returns int"
                        + " language sql as 'select 1'; select lo_create(4711)");
        var target = RestoreTarget.existing(Lab.login(server), new DatabaseName("holding"));
        var facts = TargetFacts.look(target);

        assertThatThrownBy(() -> plan(facts, target, options()).requireAllowed())
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> {
                            assertThat(problem.code()).isEqualTo(ErrorCode.TARGET_NOT_EMPTY);
                            assertThat(problem.what())
                                    .contains(
                                            "table public.precious",
                                            "schema s",
                                            "function public.f",
                                            "large object 4711");
                        });
        assertThat(plan(facts, target, options().withClean(true)).allowed()).isTrue();
        assertThat(plan(facts, target, options().withClean(true)).steps().getFirst())
                .startsWith("drop from database holding");
    }

    @Test
    void a_new_database_counts_as_empty_and_an_extension_does_not() {
        server.sql("postgres", "create database bare");
        var target = RestoreTarget.existing(Lab.login(server), new DatabaseName("bare"));

        assertThat(TargetFacts.look(target).found().count()).isZero();
        assertThat(plan(TargetFacts.look(target), target, options()).allowed()).isTrue();

        server.sql("bare", "create extension hstore");
        assertThat(TargetFacts.look(target).found().names()).containsExactly("extension hstore");
    }

    @Test
    void part_of_an_archive_may_go_into_a_database_in_use() {
        var target = RestoreTarget.existing(Lab.login(server), new DatabaseName("shop"));
        var selection = Selection.resolve(archive.toc(), List.of(), List.of("public.u"));

        var plan = plan(TargetFacts.look(target), target, options().withSelection(selection));

        assertThat(plan.allowed()).isTrue();
    }

    @Test
    void an_older_major_is_refused_and_an_older_minor_foreseen() {
        var older =
                RestorePlan.decide(
                        facts(),
                        creating(),
                        archive.toc(),
                        ServerVersion.of(16, 0),
                        SIZE,
                        options());
        var olderMinor =
                RestorePlan.decide(
                        facts(),
                        creating(),
                        archive.toc(),
                        ServerVersion.of(15, 20),
                        SIZE,
                        options());

        assertThat(older.refusals())
                .extracting(Problem::code)
                .containsExactly(ErrorCode.TARGET_VERSION_TOO_OLD);
        assertThat(olderMinor.allowed()).isTrue();
        assertThat(olderMinor.foreseen())
                .extracting(RestorePlan.Foreseen::cause)
                .containsExactly(Cause.NEWER_THAN_TARGET);
    }

    @Test
    void missing_roles_and_extensions_are_foreseen() {
        var bare =
                new TargetFacts(
                        V15,
                        true,
                        true,
                        true,
                        false,
                        TargetFacts.Found.nothing(),
                        Set.of("postgres"),
                        Set.of(),
                        Set.of(),
                        Optional.empty());

        var plan = plan(bare, creating(), options());

        assertThat(plan.foreseen())
                .extracting(RestorePlan.Foreseen::what)
                .anyMatch(what -> what.contains("extension hstore"))
                .anyMatch(what -> what.contains("role keeper"))
                .anyMatch(what -> what.contains("role Odd reader"));

        var allowed =
                plan(
                        bare,
                        creating(),
                        options()
                                .withGlobals(
                                        globals.orElseThrow(), Globals.Permission.roles(Map.of())));
        assertThat(allowed.foreseen())
                .extracting(RestorePlan.Foreseen::cause)
                .containsExactly(Cause.EXTENSION_MISSING);
        assertThat(allowed.steps().getFirst()).contains("keeper").contains("Odd reader");
    }

    @Test
    void another_encoding_is_foreseen() {
        server.sql(
                "postgres",
                "create database latin template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'");
        var target = RestoreTarget.existing(Lab.login(server), new DatabaseName("latin"));

        assertThat(plan(TargetFacts.look(target), target, options()).foreseen())
                .extracting(RestorePlan.Foreseen::what)
                .anyMatch(what -> what.contains("UTF8") && what.contains("LATIN1"));
    }

    @Test
    void a_missing_database_and_an_existing_one_are_told_apart() {
        var missing = RestoreTarget.existing(Lab.login(server), new DatabaseName("nobody"));
        var facts =
                TargetFacts.look(
                        new RestoreTarget(
                                missing.login(),
                                missing.database(),
                                RestoreTarget.Existence.EXISTING,
                                new DatabaseName("postgres")));

        assertThat(plan(facts, missing, options()).refusals())
                .extracting(Problem::code)
                .containsExactly(ErrorCode.TARGET_MISSING);
        var existing = RestoreTarget.create(Lab.login(server), new DatabaseName("shop"));
        assertThat(plan(TargetFacts.look(existing), existing, options()).refusals())
                .extracting(Problem::code)
                .containsExactly(ErrorCode.TARGET_NOT_EMPTY);
    }

    @Test
    void a_role_without_createdb_is_told_before() {
        server.sql("postgres", "create role plain login password 'p'");
        var target =
                RestoreTarget.create(Lab.login(server, "plain", "p"), new DatabaseName("fresh"));

        assertThat(plan(TargetFacts.look(target), target, options()).refusals())
                .extracting(Problem::code)
                .containsExactly(ErrorCode.PRIVILEGE_MISSING);
    }

    @Test
    void a_target_that_does_not_answer_is_unreachable() {
        var gone = TestServer.start();
        var target = RestoreTarget.create(Lab.login(gone), new DatabaseName("fresh"));
        gone.close();

        assertThatThrownBy(() -> TargetFacts.look(target))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem ->
                                assertThat(problem.code()).isEqualTo(ErrorCode.SERVER_UNREACHABLE));
    }

    @Test
    void commands_hold_no_secret_and_never_drop_without_consent() {
        var login = Lab.login(server, "me", "hunter2");
        var command =
                PgRestore.restore(
                        Lab.tools(),
                        login,
                        new DatabaseName("a='b' \\"),
                        Path.of("/x"),
                        new PgRestore.Manner(3));

        assertThat(command.argv())
                .contains("--jobs=3", "--no-password", "--verbose")
                .anyMatch(argument -> argument.startsWith("--dbname=dbname='a=\\'b\\' \\\\'"))
                .noneMatch(argument ->
                        argument.contains("hunter2")
                                || argument.startsWith("--clean")
                                || argument.startsWith("--exit-on-error"));
        assertThat(command.environment().get("PGOPTIONS")).contains("lc_monetary=C");
        assertThat(command.toString()).doesNotContain("hunter2");
    }

    private static RestoreTarget creating() {
        return RestoreTarget.create(Lab.login(server), new DatabaseName("fresh"));
    }

    private static TargetFacts facts() {
        var real = TargetFacts.look(creating());
        return new TargetFacts(
                ServerVersion.of(15, 10),
                true,
                true,
                true,
                false,
                TargetFacts.Found.nothing(),
                real.roles(),
                real.tablespaces(),
                real.extensions(),
                Optional.empty());
    }

    private static RestorePlan plan(
            TargetFacts facts, RestoreTarget target, RestoreOptions options) {
        return RestorePlan.decide(facts, target, archive.toc(), V15, SIZE, options);
    }

    private static RestoreOptions options() {
        return RestoreOptions.standard(folder);
    }
}
