package io.pgvigil.postgres.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.ByteSize;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.restore.Lab.Archive;
import io.pgvigil.postgres.sandbox.Sandbox;
import io.pgvigil.postgres.sandbox.SandboxShape;
import io.pgvigil.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Every cause of a restore error, made for real: a source, its archive, and a bare target.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RestorationTest {
    @TempDir Path folder = Path.of("/");

    private Path work = Path.of("/");
    private TestServer source = started();
    private TestServer target = started();
    private final AtomicInteger number = new AtomicInteger();

    private static TestServer started() {
        return TestServer.start("wal_level=logical");
    }

    @BeforeAll
    void makeWorkFolder() throws IOException {
        work =
                Files.createTempDirectory(
                        Path.of("/tmp"),
                        "pgvigil-restores-",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwxr-xr-x")));
    }

    @AfterAll
    void stop() throws IOException {
        source.close();
        target.close();
        Files.delete(work);
    }

    @Test
    void a_check_that_reads_another_table_is_repaired_in_the_second_pass() {
        var archive =
                source(
                        """
                        create schema app;
                        create table app.limits(n int);
                        insert into app.limits values (10);
                        create function app.top() returns int language sql stable
                          as 'select coalesce(max(n), 0) from app.limits';
                        create table app.amounts(n int check (n <= app.top()));
                        insert into app.amounts values (3), (4);
                        """);

        var outcome = restore(archive);

        assertThat(outcome.complete()).isTrue();
        assertThat(outcome.repaired())
                .extracting(RestoreError::title, RestoreError::cause)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(
                                "TABLE DATA app.amounts", Cause.CHECK_READS_OTHER_DATA));
        assertThat(sql("select sum(n) from app.amounts")).isEqualTo("7");
        assertThat(outcome.repaired().getFirst().toString()).doesNotContain("(3)");
    }

    @Test
    void a_foreign_key_that_failed_with_its_table_s_rows_is_repaired_with_them() {
        var archive =
                source(
                        """
                        create table later(n int primary key);
                        insert into later values (1);
                        create function needs_later(int) returns boolean language sql stable
                          as 'select exists (select from public.later where n = $1)';
                        create table aaa(n int primary key check (public.needs_later(n)));
                        insert into aaa values (1);
                        create table bbb(n int references aaa(n));
                        insert into bbb values (1);
                        """);

        var outcome = restore(archive);

        assertThat(outcome.errors()).isEmpty();
        assertThat(outcome.repaired())
                .extracting(RestoreError::cause)
                .containsExactlyInAnyOrder(Cause.CHECK_READS_OTHER_DATA, Cause.FOLLOWS);
        assertThat(sql("select count(*) from pg_constraint where contype = 'f'")).isEqualTo("1");
    }

    @Test
    void functions_that_need_a_search_path_are_told_and_not_tried_again() {
        var archive =
                source(
                        """
                        create table helper(n int);
                        insert into helper values (1);
                        create function hlp(x int) returns int language plpgsql immutable
                          as 'begin return x + (select count(*)::int from helper); end';
                        create function hlp_sql(x int) returns int language sql immutable
                          as 'select x + (select count(*)::int from helper)';
                        create table checked(n int check (public.hlp(n) > 0));
                        insert into checked values (5);
                        create table indexed(n int);
                        insert into indexed values (1);
                        create index indexed_i on indexed (public.hlp_sql(n));
                        create materialized view mv as select public.hlp(1) as h;
                        """);

        var outcome = restore(archive);

        assertThat(causes(outcome))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(
                                "TABLE DATA public.checked", Cause.SEARCH_PATH,
                                "INDEX public.indexed_i", Cause.SEARCH_PATH,
                                "MATERIALIZED VIEW DATA public.mv", Cause.SEARCH_PATH));
        assertThat(outcome.repaired()).isEmpty();
        assertThatThrownBy(outcome::requireComplete)
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> {
                            assertThat(problem.code()).isEqualTo(ErrorCode.RESTORE_INCOMPLETE);
                            assertThat(problem.hint()).contains("search_path");
                        });
    }

    @Test
    void a_regclass_that_names_an_index_is_repaired() {
        var archive =
                source(
                        """
                        create table base(n int primary key);
                        create table refers(r regclass);
                        insert into refers values ('base_pkey');
                        """);

        var outcome = restore(archive);

        assertThat(outcome.complete()).isTrue();
        assertThat(outcome.repaired())
                .extracting(RestoreError::cause)
                .containsExactly(Cause.NAMES_LATER_OBJECT);
        assertThat(sql("select r::text from refers")).isEqualTo("base_pkey");
    }

    @Test
    void a_partition_s_own_trigger_state_survives_a_parallel_restore() {
        var archive = source(partitionsWithTriggers());

        var outcome = restore(archive, options -> options.withJobs(4));

        assertThat(outcome.errors()).isEmpty();
        assertThat(outcome.repaired())
                .allSatisfy(error -> assertThat(error.cause()).isEqualTo(Cause.PARTITION_TRIGGER));
        assertThat(sql("select count(*) from pg_trigger where tgenabled = 'D'")).isEqualTo("8");
    }

    // More of them than jobs: then some run before their parent's.
    private static String partitionsWithTriggers() {
        var sql =
                new StringBuilder(
                        """
                        create table p(n int) partition by range(n);
                        create function tf() returns trigger language plpgsql as 'begin return new; end';
                        """);
        for (var i = 0; i < 8; i++)
            sql.append(
                    "create table p%d partition of p for values from (%d) to (%d);\n"
                            .formatted(i, i * 10, i * 10 + 10));
        sql.append("create trigger tg after insert on p for each row execute function tf();\n");
        for (var i = 0; i < 8; i++)
            sql.append("alter table p%d disable trigger tg;\n".formatted(i));
        return sql.toString();
    }

    @Test
    void the_sign_of_a_missing_parent_trigger_is_known() {
        var archive = source(partitionsWithTriggers());
        var child = archive.entry("TRIGGER public.p3 tg");
        var said =
                new RestoreLog.Said(
                        child.dumpId(),
                        "could not execute query: ERROR:  trigger \"tg\" for table \"p3\" does not"
                                + " exist",
                        List.of(),
                        child.definition().strip().lines().toList());

        var errors = new Diagnosis(archive.toc()).explain(List.of(said));

        assertThat(errors.getFirst().cause()).isEqualTo(Cause.PARTITION_TRIGGER);
        assertThat(errors.getFirst().retryable()).isTrue();
        // The real server's words.
        source.sql(last, "create table lone(n int)");
        assertThatThrownBy(() -> source.sql(last, "alter table lone disable trigger tg"))
                .hasMessageContaining("trigger \"tg\" for table \"lone\" does not exist");
    }

    @Test
    void missing_roles_are_named_and_rows_are_there_once() {
        var roles = number.incrementAndGet();
        var archive =
                source(
                        """
                        create role owner_%1$d; create role reader_%1$d;
                        create table owned(n int);
                        insert into owned values (1);
                        alter table owned owner to owner_%1$d;
                        grant select on owned to reader_%1$d;
                        """
                                .formatted(roles));

        var outcome = restore(archive);

        assertThat(outcome.errors())
                .extracting(RestoreError::cause)
                .containsExactly(Cause.ROLE_MISSING, Cause.ROLE_MISSING);
        assertThat(outcome.errors().getFirst().retryable()).isFalse();
        assertThat(sql("select count(*) from owned")).isEqualTo("1");
    }

    @Test
    void globals_come_first_so_owners_and_grants_are_kept() {
        var roles = number.incrementAndGet();
        var archive =
                source(
                        """
                        create role "We;ird ""own'er %1$d" login password 'p;w''x' valid until '2099-01-01';
                        create role member_%1$d;
                        alter role member_%1$d set work_mem = '5MB';
                        comment on role member_%1$d is 'two
                        lines; one semicolon';
                        grant "We;ird ""own'er %1$d" to member_%1$d;
                        create table owned(n int);
                        alter table owned owner to "We;ird ""own'er %1$d";
                        grant select on owned to member_%1$d;
                        """
                                .formatted(roles));
        var globals = Lab.globals(source);

        var outcome =
                restore(
                        archive,
                        options ->
                                options.withGlobals(globals, Globals.Permission.roles(Map.of())));

        assertThat(outcome.errors()).isEmpty();
        assertThat(outcome.globals().refused()).isEmpty();
        assertThat(outcome.globals().leftAlone()).contains("role postgres");
        var weird = "We;ird \"own'er " + roles;
        assertThat(sql("select tableowner from pg_tables where tablename = 'owned'"))
                .isEqualTo(weird);
        assertThat(sql("select has_table_privilege('member_" + roles + "', 'owned', 'select')"))
                .isEqualTo("t");
        assertThat(
                        sql(
                                "select pg_has_role('member_"
                                        + roles
                                        + "', 'We;ird \"own''er "
                                        + roles
                                        + "', 'member')"))
                .isEqualTo("t");
        // The password's hash came along, and is shown nowhere.
        assertThat(
                        sql(
                                "select rolpassword from pg_authid where rolname = 'We;ird \"own''er "
                                        + roles
                                        + "'"))
                .startsWith("SCRAM-SHA-256$");
        assertThat(globals.toString()).doesNotContain("SCRAM");
        assertThat(outcome.toString()).doesNotContain("SCRAM");
    }

    @Test
    void an_existing_role_keeps_its_own_password_and_rights() {
        var role = "shared_" + number.incrementAndGet();
        var archive =
                source(
                        "create role %s superuser login password 'from the source';"
                                .formatted(role));
        target.sql("postgres", "create role " + role + " nologin");

        var outcome =
                restore(
                        archive,
                        options ->
                                options.withGlobals(
                                        Lab.globals(source), Globals.Permission.roles(Map.of())));

        assertThat(outcome.globals().leftAlone()).contains("role " + role);
        assertThat(
                        sql(
                                "select rolsuper, rolcanlogin, rolpassword is null from pg_authid where rolname"
                                        + " = '"
                                        + role
                                        + "'"))
                .isEqualTo("f|f|t");
    }

    @Test
    void roles_that_may_not_be_made_are_named() {
        var role = "foreign_" + number.incrementAndGet();
        var archive = source("create role %s;".formatted(role));

        var outcome =
                restore(
                        archive,
                        options ->
                                options.withGlobals(
                                        Lab.globals(source), Globals.Permission.none()));

        assertThat(outcome.globals().missingRoles()).contains(role);
        assertThat(
                        target.sql(
                                "postgres",
                                "select count(*) from pg_roles where rolname = '" + role + "'"))
                .isEqualTo("0");
    }

    @Test
    void where_nobody_is_superuser_roles_come_without_superuser_s_attributes() {
        var n = number.incrementAndGet();
        var archive =
                source(
                        "create role modest_%d login password 'kept' connection limit 3;"
                                .formatted(n));
        target.sql(
                "postgres",
                "create role manager_%d login createrole createdb password 'm'".formatted(n));
        var login = Lab.login(target, "manager_" + n, "m");
        var fresh = new DatabaseName("made by manager");

        var outcome =
                new Restoration(Lab.tools())
                        .restore(
                                archive.file(),
                                archive.toc(),
                                RestoreTarget.create(login, fresh),
                                options()
                                        .withGlobals(
                                                Lab.globals(source),
                                                Globals.Permission.roles(Map.of())));

        assertThat(outcome.finished()).isTrue();
        assertThat(
                        target.sql(
                                "postgres",
                                "select rolcanlogin, rolconnlimit, rolpassword is not null from"
                                        + " pg_authid where rolname = 'modest_"
                                        + n
                                        + "'"))
                .isEqualTo("t|3|t");
    }

    @Test
    void a_missing_tablespace_is_named_and_the_table_is_there() throws IOException {
        var name = "ts_" + number.incrementAndGet();
        var place = Files.createDirectory(source.folder().resolve(name));
        giveToServer(place);
        var archive =
                source(
                        "create tablespace %1$s location '%2$s';".formatted(name, place),
                        "create table lies(n int) tablespace %1$s; insert into lies values (1);"
                                .formatted(name));

        var outcome = restore(archive);

        assertThat(outcome.errors()).hasSize(1);
        assertThat(outcome.errors().getFirst().cause()).isEqualTo(Cause.TABLESPACE_MISSING);
        assertThat(outcome.errors().getFirst().message()).contains(name);
        assertThat(sql("select count(*) from lies")).isEqualTo("1");

        // With a folder named for it, it is made.
        var there = Files.createDirectory(target.folder().resolve(name));
        giveToServer(there);
        var mapped =
                restore(
                        archive,
                        options ->
                                options.withGlobals(
                                        Lab.globals(source),
                                        Globals.Permission.roles(Map.of(name, there.toString()))));
        assertThat(mapped.errors()).isEmpty();
        assertThat(sql("select tablespace from pg_tables where tablename = 'lies'"))
                .isEqualTo(name);
        drop();
        target.sql("postgres", "drop tablespace " + name);
    }

    @Test
    void a_missing_extension_is_named_once_and_its_dependents_fold_under_it() throws IOException {
        var archive =
                source(
                        """
                        create extension hstore;
                        create table h(x hstore, y int);
                        insert into h values ('a=>1', 1);
                        create index h_i on h using gin (x);
                        create view hv as select x from h;
                        comment on table h is 'c';
                        """);
        var renamed = pretend(archive, "hstore", "xstore");

        var outcome = restore(renamed);

        assertThat(outcome.roots()).hasSize(1);
        var root = outcome.roots().getFirst();
        assertThat(root.title()).isEqualTo("EXTENSION xstore");
        assertThat(root.cause()).isEqualTo(Cause.EXTENSION_MISSING);
        assertThat(outcome.following(root))
                .extracting(RestoreError::title)
                .contains(
                        "COMMENT EXTENSION xstore",
                        "TABLE public.h",
                        "VIEW public.hv",
                        "INDEX public.h_i",
                        "TABLE DATA public.h");
    }

    @Test
    void a_missing_c_library_is_the_root_and_its_types_and_tables_follow() throws IOException {
        var archive =
                source(
                        """
                        create type odd;
                        create function odd_in(cstring) returns odd language c immutable strict
                          as '$libdir/citext', 'citext_hash';
                        create function odd_out(odd) returns cstring language c immutable strict
                          as '$libdir/citext', 'citext_hash';
                        create type odd (input = odd_in, output = odd_out, like = text);
                        create table uses(n int, o odd);
                        insert into uses(n) values (1);
                        """);
        var renamed = pretend(archive, "$libdir/citext", "$libdir/absent");

        var outcome = restore(renamed);

        assertThat(outcome.roots())
                .extracting(RestoreError::cause)
                .containsOnly(Cause.LIBRARY_MISSING);
        assertThat(outcome.roots())
                .extracting(RestoreError::title)
                .allMatch(title -> title.startsWith("FUNCTION public.odd_"));
        assertThat(outcome.errors())
                .filteredOn(error -> error.cause() == Cause.FOLLOWS)
                .extracting(RestoreError::title)
                .contains("TYPE public.odd", "TABLE public.uses", "TABLE DATA public.uses");
    }

    @Test
    void a_security_label_without_its_provider_is_named() {
        var archive = source("create table labelled(n int); comment on table labelled is 'x';");
        var entry = archive.entry("COMMENT public.TABLE labelled");
        var said =
                new RestoreLog.Said(
                        entry.dumpId(),
                        "could not execute query: ERROR:  security label provider \"dummy\" is not"
                                + " loaded",
                        List.of(),
                        entry.definition().strip().lines().toList());

        assertThat(new Diagnosis(archive.toc()).explain(List.of(said)).getFirst().cause())
                .isEqualTo(Cause.LABEL_PROVIDER_MISSING);
        // The real server's words.
        assertThatThrownBy(() ->
                        target.sql("postgres", "security label for dummy on role postgres is 'x'"))
                .hasMessageContaining("security label provider \"dummy\" is not loaded");
    }

    @Test
    void a_restored_subscription_is_disabled_and_can_be_dropped_without_its_publisher() {
        var archive =
                source(
                        """
                        create subscription sub connection 'host=127.0.0.1 port=1 password=hunter2'
                          publication nope with (connect = false);
                        """);

        var outcome = restore(archive);

        assertThat(outcome.errors()).isEmpty();
        assertThat(sql("select subenabled from pg_subscription")).isEqualTo("f");
        assertThatThrownBy(this::drop).hasMessageContaining("subscription");
        assertThat(Subscriptions.drop(Lab.login(target), database())).containsExactly("sub");
        drop();
        Subscriptions.drop(Lab.login(source), new DatabaseName(last));
    }

    @Test
    void a_subscription_that_fails_shows_no_password() {
        var archive =
                source(
                        """
                        create subscription sub2 connection 'host=127.0.0.1 port=1 password=hunter2'
                          publication nope with (connect = false);
                        """);
        target.sql("postgres", "create database " + Identifier.quoted(database().value()));
        target.sql(
                database().value(),
                "create subscription sub2 connection 'host=127.0.0.1 port=1' publication x with"
                        + " (connect = false)");

        var outcome = restoreInto(archive, RestoreTarget.existing(Lab.login(target), database()));

        assertThat(outcome.errors()).hasSize(1);
        assertThat(outcome.errors().toString()).doesNotContain("hunter2");
        Subscriptions.drop(Lab.login(target), database());
        Subscriptions.drop(Lab.login(source), new DatabaseName(last));
    }

    @Test
    void a_failing_statement_in_each_section_is_reported() {
        var archive =
                source(
                        """
                        create view v as select 1 as n;
                        create table pre(n int);
                        create table rows(n int); insert into rows values (1);
                        create table ix(n int); create index post on ix(n);
                        """);
        target.sql("postgres", "create database " + Identifier.quoted(database().value()));
        target.sql(
                database().value(),
                "create view v as select 2 as m; create table rows(other text); create table x(n int);"
                        + " create index post on x(n)");

        var outcome = restoreInto(archive, RestoreTarget.existing(Lab.login(target), database()));

        assertThat(causes(outcome))
                .containsEntry("VIEW public.v", Cause.ALREADY_EXISTS)
                .containsEntry("TABLE public.rows", Cause.ALREADY_EXISTS)
                .containsKey("TABLE DATA public.rows")
                .containsEntry("INDEX public.post", Cause.ALREADY_EXISTS);
        assertThat(outcome.complete()).isFalse();
    }

    @Test
    void parallel_jobs_find_the_same_errors() {
        var archive =
                source(
                        "create table helper(n int); insert into helper values (1);"
                                + " create function hlp(x int) returns int language plpgsql immutable as"
                                + " 'begin return x + (select count(*)::int from helper); end';"
                                + java.util.stream.IntStream.range(0, 40)
                                        .mapToObj(i ->
                                                ("create table t%1$d(n int check (public.hlp(n) > 0));"
                                                                + " insert into t%1$d values (%1$d);")
                                                        .formatted(i))
                                        .collect(Collectors.joining()));

        var outcome = restore(archive, options -> options.withJobs(4));

        assertThat(outcome.errors()).hasSize(40);
        assertThat(causes(outcome))
                .hasSize(40)
                .containsEntry("TABLE DATA public.t7", Cause.SEARCH_PATH);
    }

    @Test
    void a_table_that_holds_rows_is_never_filled_again() {
        var archive =
                source(
                        """
                        create table limits(n int); insert into limits values (10);
                        create function top() returns int language sql stable
                          as 'select coalesce(max(n), 0) from public.limits';
                        create table amounts(n int check (n <= public.top()));
                        insert into amounts values (3);
                        """);
        target.sql("postgres", "create database " + Identifier.quoted(database().value()));
        // In a second pass the rows would fit, beside those that are there.
        target.sql(
                database().value(),
                "create table limits(n int); create function top() returns int language sql stable as"
                        + " 'select coalesce(max(n), 0) from public.limits'; create table amounts(n int"
                        + " check (n <= public.top())); insert into amounts values (0)");

        var outcome = restoreInto(archive, RestoreTarget.existing(Lab.login(target), database()));

        assertThat(causes(outcome)).containsKey("TABLE DATA public.amounts");
        assertThat(outcome.repaired()).isEmpty();
        assertThat(sql("select count(*) from amounts")).isEqualTo("1");
        assertThat(sql("select count(*) from limits")).isEqualTo("1");
    }

    @Test
    void errors_in_another_encoding_still_find_their_entries() {
        last = "latin_" + number.incrementAndGet();
        named = new DatabaseName("dst_" + number.incrementAndGet());
        source.sql(
                "postgres",
                "create database "
                        + last
                        + " template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'");
        run(
                """
                \\encoding UTF8
                create table helfer(n int); insert into helfer values (1);
                create function hlp(x int) returns int language plpgsql immutable
                  as 'begin return x + (select count(*)::int from helfer); end';
                create table "größe"(n int check (public.hlp(n) > 0));
                insert into "größe" values (5);
                create index "größe_i" on "größe"(public.hlp(n));
                """);

        var outcome = restore(Lab.archive(source, last, folder));

        assertThat(causes(outcome))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("TABLE DATA public.größe", Cause.SEARCH_PATH));
        assertThat(sql("show server_encoding")).isEqualTo("LATIN1");
    }

    @Test
    void a_claim_that_does_not_fit_is_corrected_or_not_believed() {
        var archive = source(SHOP);
        var orders = archive.entry("TABLE DATA shop.orders");
        var customers = archive.entry("TABLE DATA shop.customers");
        var diagnosis = new Diagnosis(archive.toc());

        var corrected =
                diagnosis.explain(
                        List.of(
                                new RestoreLog.Said(
                                        customers.dumpId(),
                                        "COPY failed for table \"orders\": ERROR:  x",
                                        List.of(),
                                        List.of())));
        var unclear =
                diagnosis.explain(
                        List.of(
                                new RestoreLog.Said(
                                        customers.dumpId(),
                                        "COPY failed for table \"nobody's\": ERROR:  x",
                                        List.of(),
                                        List.of())));

        assertThat(corrected.getFirst().entry()).isEqualTo(orders.dumpId());
        assertThat(unclear.getFirst().entry()).isZero();
        assertThat(unclear.getFirst().retryable()).isFalse();
    }

    @Test
    void rows_and_passwords_are_not_in_messages() {
        var archive = source("create table t(n int);");
        var entry = archive.entry("TABLE DATA public.t");
        var said =
                new RestoreLog.Said(
                        entry.dumpId(),
                        "COPY failed for table \"t\": ERROR:  invalid input syntax for type integer:"
                                + " \"4111 1111 1111 1111\"",
                        List.of("CONTEXT:  COPY t, line 1, column n: \"4111 1111 1111 1111\""),
                        List.of());
        var user =
                new RestoreLog.Said(
                        0,
                        "could not execute query: ERROR:  no",
                        List.of(),
                        List.of(
                                "CREATE USER MAPPING FOR a SERVER s OPTIONS (",
                                "password 'hunter2');"));

        var errors = new Diagnosis(archive.toc()).explain(List.of(said, user));

        assertThat(errors.toString()).doesNotContain("4111").doesNotContain("hunter2");
    }

    @Test
    void a_database_with_an_awkward_name_is_made_with_all_that_is_its_own() {
        var role = "reader_" + number.incrementAndGet();
        var archive =
                source(
                        """
                        create role %1$s;
                        grant create on database :"DBNAME" to %1$s;
                        comment on database :"DBNAME" is 'it''s; DATABASE x';
                        alter database :"DBNAME" set work_mem = '7MB';
                        alter database :"DBNAME" set default_transaction_read_only = on;
                        alter database :"DBNAME" connection limit 7;
                        alter role %1$s in database :"DBNAME" set work_mem = '8MB';
                        alter database :"DBNAME" owner to %1$s;
                        """
                                .formatted(role),
                        "set default_transaction_read_only = off; create table t(n int);");
        target.sql("postgres", "create role " + role);
        named = new DatabaseName("odd \"na=me's\\ % ;x");

        var outcome = restore(archive);

        assertThat(outcome.errors()).isEmpty();
        assertThat(
                        target.sql(
                                "postgres",
                                "select pg_get_userbyid(datdba), datconnlimit, shobj_description(oid,"
                                        + " 'pg_database') from pg_database where datname like 'odd %'"))
                .isEqualTo(role + "|7|it's; DATABASE x");
        assertThat(
                        target.sql(
                                "postgres",
                                "select count(*) from pg_db_role_setting s join pg_database d on d.oid ="
                                        + " setdatabase where datname like 'odd %'"))
                .isEqualTo("2");
        assertThat(
                        target.sql(
                                "postgres",
                                "select has_database_privilege('"
                                        + role
                                        + "', oid, 'create') from"
                                        + " pg_database where datname like 'odd %'"))
                .isEqualTo("t");
    }

    @Test
    void a_database_that_exists_is_not_made_again() {
        var archive = source("create table t(n int);");
        target.sql("postgres", "create database " + Identifier.quoted(database().value()));

        assertThatThrownBy(() -> restore(archive, false))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem ->
                                assertThat(problem.code()).isEqualTo(ErrorCode.TARGET_NOT_EMPTY));
    }

    @Test
    void a_damaged_archive_is_an_unfinished_restore() throws IOException {
        var archive =
                source(
                        "create table t(x text); insert into t select repeat('x', 1000) from"
                                + " generate_series(1, 2000);");
        var cut = folder.resolve("cut.pgdump");
        var bytes = Files.readAllBytes(archive.file());
        Files.write(cut, java.util.Arrays.copyOf(bytes, bytes.length - 500_000));

        var outcome = restore(new Archive(cut, archive.toc()));

        assertThat(outcome.finished()).isFalse();
        assertThat(outcome.complete()).isFalse();
        assertThat(outcome.errors()).isNotEmpty();
    }

    @Test
    void one_table_comes_out_of_a_full_archive_with_what_is_its_own() {
        var archive = source(SHOP);
        var selection =
                Selection.resolve(archive.toc(), List.of(), List.of("shop.orders"))
                        .withoutForeignKeysOutside();
        target.sql("postgres", "create database " + Identifier.quoted(database().value()));
        target.sql(database().value(), "create table in_use(n int)");

        var outcome =
                new Restoration(Lab.tools())
                        .restore(
                                archive.file(),
                                archive.toc(),
                                RestoreTarget.existing(Lab.login(target), database()),
                                options().withSelection(selection));

        assertThat(outcome.errors()).isEmpty();
        assertThat(sql("select count(*) from shop.orders")).isEqualTo("2");
        assertThat(sql("select nextval('shop.orders_id_seq')")).isEqualTo("3");
        assertThat(sql("select count(*) from pg_class where relname = 'customers'")).isEqualTo("0");
        assertThat(sql("select count(*) from pg_indexes where tablename = 'orders'"))
                .isEqualTo("2");
        assertThat(sql("select count(*) from in_use")).isEqualTo("0");
    }

    @Test
    void into_a_schema_that_exists_the_schema_s_own_grants_stay() {
        var archive = source(SHOP + "comment on schema shop is 'from the archive';");
        target.sql("postgres", "create database " + Identifier.quoted(database().value()));
        target.sql(database().value(), "create schema shop; comment on schema shop is 'its own'");

        var outcome =
                new Restoration(Lab.tools())
                        .restore(
                                archive.file(),
                                archive.toc(),
                                RestoreTarget.existing(Lab.login(target), database()),
                                options()
                                        .withSelection(
                                                Selection.resolve(
                                                        archive.toc(),
                                                        List.of(),
                                                        List.of("shop.customers"))));

        assertThat(outcome.errors()).isEmpty();
        assertThat(sql("select obj_description('shop'::regnamespace)")).isEqualTo("its own");
    }

    static final String SHOP =
            """
            create schema shop;
            create table shop.customers(id int primary key);
            insert into shop.customers values (1);
            create table shop.orders(id serial primary key, customer int references shop.customers);
            insert into shop.orders(customer) values (1), (1);
            create index orders_customer on shop.orders(customer);
            """;

    @Test
    void a_whole_drill_in_a_sandbox_keeps_tablespaces_owners_and_the_name() throws Exception {
        var n = number.incrementAndGet();
        var place = Files.createDirectory(source.folder().resolve("drill" + n));
        giveToServer(place);
        var archive =
                source(
                        "create tablespace drill_%1$d location '%2$s';".formatted(n, place),
                        """
                        create role drilled_%1$d;
                        create table lies(n int) tablespace drill_%1$d;
                        alter table lies owner to drilled_%1$d;
                        insert into lies select generate_series(1, 1000);
                        """
                                .formatted(n));
        var shape = SandboxShape.of(archive.toc()).orElseThrow();

        try (var sandbox = Sandbox.start(Lab.tools(), shape, work, ByteSize.of(64 << 20))) {
            var outcome =
                    new Restoration(Lab.tools())
                            .restore(
                                    archive.file(),
                                    archive.toc(),
                                    RestoreTarget.create(sandbox.login(), new DatabaseName(last)),
                                    options()
                                            .withJobs(2)
                                            .withAnalyze(true)
                                            .withGlobals(
                                                    Lab.globals(source),
                                                    Globals.Permission.all(sandbox)));

            assertThat(outcome.errors()).isEmpty();
            assertThat(outcome.globals().refused()).isEmpty();
            try (var session = Session.connect(sandbox.login(), new DatabaseName(last))) {
                assertThat(
                                session.texts(
                                        "select tableowner || ' ' || tablespace from pg_tables where"
                                                + " tablename = 'lies'"))
                        .containsExactly("drilled_" + n + " drill_" + n);
                assertThat(
                                session.texts(
                                        "select count(*)::text from pg_statistic s join pg_class c on"
                                                + " c.oid = starelid where relname = 'lies'"))
                        .containsExactly("1");
            }
        }
        try (var left = Files.list(work)) {
            assertThat(left).isEmpty();
        }
    }

    // How

    private String last = "";
    private DatabaseName named = new DatabaseName("x");

    private DatabaseName database() {
        return named;
    }

    /// A source database made by these scripts, archived.
    private Archive source(String... scripts) {
        last = "src_" + number.incrementAndGet();
        named = new DatabaseName("dst_" + number.incrementAndGet());
        source.sql("postgres", "create database " + last);
        for (var script : scripts) run(script);
        return Lab.archive(source, last, folder);
    }

    private void run(String script) {
        try {
            var file = Files.createTempFile(folder, "script", ".sql");
            source.sqlFile(last, Files.writeString(file, script));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private RestoreOptions options() {
        return RestoreOptions.standard(folder).withAnalyze(false);
    }

    private RestoreOutcome restore(Archive archive) {
        return restore(archive, true);
    }

    private RestoreOutcome restore(Archive archive, boolean fresh) {
        if (fresh) drop();
        return restoreInto(archive, RestoreTarget.create(Lab.login(target), database()));
    }

    private RestoreOutcome restore(
            Archive archive, Function<RestoreOptions, RestoreOptions> changed) {
        drop();
        return new Restoration(Lab.tools())
                .restore(
                        archive.file(),
                        archive.toc(),
                        RestoreTarget.create(Lab.login(target), database()),
                        changed.apply(options()));
    }

    private RestoreOutcome restoreInto(Archive archive, RestoreTarget into) {
        return new Restoration(Lab.tools()).restore(archive.file(), archive.toc(), into, options());
    }

    private void drop() {
        target.sql("postgres", "drop database if exists " + Identifier.quoted(database().value()));
    }

    private String sql(String text) {
        return target.sql(database().value(), text);
    }

    private static Map<String, Cause> causes(RestoreOutcome outcome) {
        var causes = new java.util.HashMap<String, Cause>();
        outcome.errors().forEach(error -> causes.put(error.title(), error.cause()));
        return causes;
    }

    /// The archive with one name exchanged for another of the same length: what it needs is then not
    /// installed anywhere.
    private Archive pretend(Archive archive, String name, String other) throws IOException {
        assertThat(other).hasSameSizeAs(name);
        var text =
                Files.readString(archive.file(), java.nio.charset.StandardCharsets.ISO_8859_1)
                        .replace(name, other);
        var file = folder.resolve("pretend.pgdump");
        Files.writeString(file, text, java.nio.charset.StandardCharsets.ISO_8859_1);
        try (var in = new java.io.BufferedInputStream(Files.newInputStream(file))) {
            return new Archive(file, io.pgvigil.archive.ArchiveReader.open(in).toc());
        }
    }

    private static void giveToServer(Path path) throws IOException {
        if (!TestServer.isRoot()) return;
        Files.setOwner(
                path,
                path.getFileSystem()
                        .getUserPrincipalLookupService()
                        .lookupPrincipalByName("postgres"));
    }
}
