package io.pgvigil.postgres.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.AutoKind;
import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.connect.SslMode;
import io.pgvigil.core.doctor.Examination;
import io.pgvigil.core.doctor.Examination.Item;
import io.pgvigil.core.doctor.ExaminationRules;
import io.pgvigil.core.doctor.Remedy;
import io.pgvigil.core.doctor.Service;
import io.pgvigil.core.doctor.Wish;
import io.pgvigil.core.watch.Readiness.Mark;
import io.pgvigil.postgres.Tools;
import io.pgvigil.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is said to be missing is missing, and what is printed for it is enough.
final class ExaminerTest {
    private static final DatabaseName APP = new DatabaseName("app");

    private static final Wish DUMPS = Wish.of(List.of(BackupKind.LOGICAL));
    private static final Wish WITH_LOG = Wish.of(List.of(BackupKind.LOGICAL, BackupKind.WAL));

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
                create table open (id serial, a text);
                create table "Sec""ret" (a text);
                create table guarded (a text);
                alter table guarded enable row level security;
                select lo_from_bytea(0, 'large object');
                """);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void a_superuser_needs_nothing_for_a_dump() {
        var one = examined(TestServer.USER, Wish.AUTO);

        assertThat(one.ready()).isTrue();
        assertThat(one.remedies()).noneMatch(Remedy::asked);
        assertThat(one.choice().orElseThrow().kind()).isEqualTo(BackupKind.LOGICAL);
        assertThat(line(one, Item.CONNECTION).evidence()).contains("a superuser");
    }

    @Test
    void one_closed_table_is_named_and_opened() throws IOException {
        role("misses_one");
        server.sql(
                "app",
                """
                grant select on all tables in schema public to misses_one;
                grant select on all sequences in schema public to misses_one;
                revoke select on "Sec""ret" from misses_one;
                alter role misses_one bypassrls;
                alter role misses_one set lo_compat_privileges = on;
                """);

        var before = examined("misses_one", DUMPS);

        assertThat(line(before, Item.LOGICAL).mark()).isEqualTo(Mark.NOT_READY);
        assertThat(line(before, Item.LOGICAL).evidence())
                .endsWith("may not read everything: table public.\"Sec\"\"ret\": no SELECT");
        assertThat(asked(before)).containsExactly("grant pg_read_all_data to \"misses_one\";");
        cured("misses_one", before, DUMPS);
    }

    @Test
    void row_security_and_large_objects_are_opened_too() throws IOException {
        role("reader");
        server.sql("app", "grant pg_read_all_data to reader");

        var before = examined("reader", Wish.AUTO);

        assertThat(line(before, Item.LOGICAL).evidence())
                .contains("table public.guarded: row security hides rows", "1 large objects");
        assertThat(asked(before))
                .containsExactly(
                        "alter role \"reader\" bypassrls;",
                        "alter role \"reader\" set lo_compat_privileges = on;");
        cured("reader", before, Wish.AUTO);
    }

    @Test
    void a_role_without_replication_is_given_it_and_slots_a_limit() throws IOException {
        role("copier");
        server.sql(
                "app",
                """
                grant pg_read_all_data to copier;
                alter role copier bypassrls;
                alter role copier set lo_compat_privileges = on;
                """);

        var auto = examined("copier", Wish.AUTO);
        var before = examined("copier", WITH_LOG);

        assertThat(auto.ready()).isTrue();
        assertThat(line(auto, Item.PHYSICAL).evidence())
                .contains("would not work: copier lacks REPLICATION");
        assertThat(line(before, Item.PHYSICAL).mark()).isEqualTo(Mark.NOT_READY);
        assertThat(line(before, Item.WAL).mark()).isEqualTo(Mark.NOT_READY);
        assertThat(asked(before)).first().isEqualTo("alter role \"copier\" replication;");
        cured("copier", before, WITH_LOG);
    }

    @Test
    void names_stay_names() throws IOException {
        var name = "x\"; drop table open; --\n'";
        role(name);

        var before = examined(name, WITH_LOG);

        cured(name, before, WITH_LOG);
        assertThat(server.sql("app", "select count(*) from open")).isEqualTo("0");
    }

    @Test
    void what_pg_hba_does_not_admit_is_seen() throws IOException {
        try (var closed = TestServer.start("max_slot_wal_keep_size = 1GB")) {
            var hba = closed.sql("postgres", "show hba_file");
            closed.sql(
                    "postgres",
                    "copy (select 'host all all 127.0.0.1/32 scram-sha-256') to '" + hba + "'");
            closed.sql("postgres", "select pg_reload_conf()");
            // The postmaster reads the file a moment later.
            var refused = examined(closed, "postgres", TestServer.USER, WITH_LOG);
            for (var i = 0; i < 50 && refused.ready(); i++) {
                pause();
                refused = examined(closed, "postgres", TestServer.USER, WITH_LOG);
            }

            assertThat(line(refused, Item.PHYSICAL).evidence())
                    .contains("pg_hba.conf has no line that admits us to replication");
            assertThat(line(refused, Item.PHYSICAL).hint().orElseThrow())
                    .contains("hostssl replication");
        }
    }

    @Test
    void the_database_of_a_service_tells_who_runs_the_server() {
        try (var elsewhere = TestServer.start()) {
            elsewhere.sql("postgres", "create database cloudsqladmin");

            var sight =
                    examiner(elsewhere)
                            .see(
                                    login(elsewhere, TestServer.USER),
                                    new DatabaseName("postgres"),
                                    List.of());

            assertThat(sight.server().service()).isEqualTo(Service.CLOUD_SQL);
        }
    }

    @Test
    void a_standby_without_a_slot_is_told_of_until_its_log_is_kept() {
        try (var primary = TestServer.start("max_slot_wal_keep_size = 1GB");
                var standby = TestServer.standbyOf(primary, "cluster_name = 'reader'")) {
            // Sees of other sessions no more than their names.
            primary.sql(
                    "postgres",
                    "create role plain login replication password '"
                            + TestServer.PASSWORD
                            + "' in role pg_read_all_data");
            await(primary, true);
            assertThat(notes(primary, "plain")).anyMatch(ExaminerTest::namesTheStandby);
            assertThat(notes(standby, TestServer.USER)).noneMatch(note -> note.contains("slot"));

            set(primary, "wal_keep_size = '64MB'");
            await(primary, false);
            set(primary, "wal_keep_size = 0");
            await(primary, true);
            primary.sql("postgres", "select pg_create_physical_replication_slot('reader')");
            set(standby, "primary_slot_name = 'reader'");
            await(primary, false);
        }
    }

    private static boolean namesTheStandby(String note) {
        return note.startsWith("standby reader uses no slot, and wal_keep_size is 0");
    }

    private static List<String> notes(TestServer at, String role) {
        return examined(at, "postgres", role, WITH_LOG).notes();
    }

    private static void set(TestServer at, String setting) {
        at.sql("postgres", "alter system set " + setting);
        at.sql("postgres", "select pg_reload_conf()");
    }

    /// Settings count and standbys connect a moment later.
    private static void await(TestServer at, boolean named) {
        for (var i = 0; i < 100 && named != named(at); i++) pause();
        assertThat(named(at)).isEqualTo(named);
    }

    private static boolean named(TestServer at) {
        return notes(at, TestServer.USER).stream().anyMatch(ExaminerTest::namesTheStandby);
    }

    private void cured(String role, Examination before, Wish wish) throws IOException {
        var sql =
                before.remedies().stream()
                        .filter(Remedy::asked)
                        .map(Remedy::sql)
                        .collect(Collectors.joining("\n"));
        server.sqlFile("app", Files.writeString(folder.resolve("remedies.sql"), sql));

        var after = examined(role, wish);

        assertThat(after.lines()).noneMatch(line -> line.mark() == Mark.NOT_READY);
        assertThat(asked(after)).isEmpty();
    }

    private static void role(String name) {
        server.sql(
                "app",
                "create role \""
                        + name.replace("\"", "\"\"")
                        + "\" login password '"
                        + TestServer.PASSWORD
                        + "'");
    }

    private static List<String> asked(Examination one) {
        return one.remedies().stream().filter(Remedy::asked).map(Remedy::sql).toList();
    }

    private static Examination.Line line(Examination one, Item item) {
        return one.lines().stream().filter(line -> line.item() == item).findFirst().orElseThrow();
    }

    private static Examination examined(String role, Wish wish) {
        return examined(server, APP.value(), role, wish);
    }

    private static Examination examined(TestServer at, String database, String role, Wish wish) {
        var name = new DatabaseName(database);
        return new ExaminationRules(AutoKind.STANDARD)
                .judge("test", examiner(at).see(login(at, role), name, List.of(name)), wish);
    }

    private static Examiner examiner(TestServer at) {
        return new Examiner(
                Tools.find(Map.of(Tools.BIN_SETTING, at.bin().toString())), InstantSource.system());
    }

    private static Login login(TestServer at, String role) {
        return new Login(
                new Endpoint("127.0.0.1", at.port(), role, SslMode.PREFER, Optional.empty()),
                Optional.of(new Secret(TestServer.PASSWORD)));
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
