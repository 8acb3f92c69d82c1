package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.drill.Check;
import io.pgvigil.core.drill.ClusterProof;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.postgres.Tools;
import io.pgvigil.testkit.TestServer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The proof of a physical backup: what it finds, and what it says that it did not see.
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class PhysicalDrillTest {
    private static final int PAGE = 8192;

    @TempDir static Path shared;
    private static TestServer server;
    private static Path fast;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        server =
                TestServer.start(
                        TestServer.newestBin(),
                        List.of("--wal-segsize=1", "--data-checksums"),
                        "max_slot_wal_keep_size=400MB",
                        "max_prepared_transactions=5",
                        "shared_preload_libraries='pg_stat_statements'",
                        // What a drill must never do by itself.
                        "archive_mode=on",
                        "archive_command='touch " + shared.resolve("archived") + "'");
        fast = Files.createTempDirectory(Path.of("/tmp"), "pgvigil-fast-");
        if (TestServer.isRoot()) sh("chown postgres " + fast);
        server.sql("postgres", "create database shop");
        server.sql("postgres", "create tablespace fast location '" + fast + "'");
        server.sql(
                "shop",
                """
                create schema app;
                create table app.orders (id int primary key, note text);
                create table app.cold tablespace fast as select id from generate_series(1, 777) id;
                create unlogged table app.scratch as select 1 as one;
                """);
        harvest();
        insert(1, 2000);
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        server.close();
        sh("rm -rf " + fast);
    }

    private static void insert(int from, int to) {
        server.sql(
                "shop",
                "insert into app.orders select id, repeat(md5(id::text), 10) from generate_series("
                        + from
                        + ", "
                        + to
                        + ") id");
    }

    private static void sh(String line) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("sh", "-c", line).inheritIO().start().waitFor()).isZero();
    }

    private static DirectoryStore store() {
        return new DirectoryStore(new StoreUri.Directory(shared.resolve("store")));
    }

    private static Attempts attempts() {
        return new Attempts(store(), server, "_cluster");
    }

    private static void harvest() {
        attempts().harvest();
    }

    private static BackupId base() {
        return attempts().base().backup();
    }

    private static long rows(Drill drill, String table) {
        return drill.physical().orElseThrow().databases().stream()
                .flatMap(database -> database.tables().stream())
                .filter(one -> (one.schema() + "." + one.table()).equals(table))
                .mapToLong(ClusterProof.Table::rows)
                .sum();
    }

    @Test
    @org.junit.jupiter.api.Order(1)
    void a_base_and_its_log_are_proven_to_the_end_and_to_a_random_moment() {
        var base = base();
        insert(2001, 3000);
        insert(3001, 4000);
        harvest();

        var drill =
                attempts()
                        .drill(
                                base,
                                List.of(
                                        new Check(
                                                "orders",
                                                "select count(*) = 4000 from app.orders",
                                                Optional.of(new DatabaseName("shop")))),
                                List.of());

        assertThat(drill.reasons()).isEmpty();
        assertThat(drill.verdict()).isEqualTo(DrillVerdict.PROVEN);
        assertThat(rows(drill, "app.orders")).isEqualTo(4000);
        assertThat(rows(drill, "app.cold")).isEqualTo(777);
        assertThat(drill.checks()).allMatch(Drill.CheckResult::passed).hasSize(1);
        assertThat(drill.equal()).containsKey("files");
        var recoveries = drill.physical().orElseThrow().recoveries();
        assertThat(recoveries).hasSize(2);
        assertThat(recoveries.getFirst().rows()).isEqualTo(4777);
        assertThat(recoveries.getFirst().lastCommit()).isPresent();
        assertThat(recoveries.getLast().target()).startsWith("position ");
        // One commit or the other, and never a part of one.
        assertThat(recoveries.getLast().rows()).isIn(2777L, 3777L, 4777L);
        assertThat(recoveries.getLast().reached()).isLessThan(recoveries.getFirst().reached());
        assertThat(drill.physical().get().seed()).contains(Attempts.SEED);
        assertThat(drill.seconds())
                .containsKeys("restore", "recover", "read", "amcheck", "recovery");
        assertThat(drill.unproven())
                .anyMatch(line -> line.contains("pg_stat_statements"))
                .anyMatch(line -> line.contains("1 unlogged tables of shop"));
    }

    @Test
    @org.junit.jupiter.api.Order(2)
    void a_named_point_is_where_the_second_recovery_goes_and_nothing_is_archived()
            throws IOException {
        server.sql("postgres", "select pg_create_restore_point('before the sale')");
        insert(4001, 4500);
        harvest();
        Files.deleteIfExists(shared.resolve("archived"));

        var drill = attempts().drill(attempts().listed().getLast().backup(), List.of(), List.of());

        assertThat(drill.reasons()).isEmpty();
        var recoveries = drill.physical().orElseThrow().recoveries();
        assertThat(recoveries.getLast().target()).isEqualTo("restore point 'before the sale'");
        assertThat(recoveries.getLast().rows()).isEqualTo(4777);
        assertThat(recoveries.getFirst().rows()).isEqualTo(5277);
        assertThat(shared.resolve("archived")).doesNotExist();
    }

    @Test
    @org.junit.jupiter.api.Order(3)
    void a_base_with_nothing_behind_it_is_proven_and_says_so() {
        var drill = attempts().drill(base(), List.of(), List.of());

        assertThat(drill.verdict()).as("%s", drill.reasons()).isEqualTo(DrillVerdict.PROVEN);
        assertThat(drill.unproven()).anyMatch(line -> line.contains("no WAL behind it is stored"));
        assertThat(drill.physical().orElseThrow().recoveries()).hasSize(1);
    }

    @Test
    @org.junit.jupiter.api.Order(4)
    void a_check_that_fails_and_a_database_that_is_not_there_are_not_proven() {
        var drill =
                attempts()
                        .drill(
                                attempts().listed().getLast().backup(),
                                List.of(
                                        new Check("many", "select count(*) > 9999 from app.orders"),
                                        new Check(
                                                "gone",
                                                "select true",
                                                Optional.of(new DatabaseName("billing")))),
                                List.of());

        assertThat(drill.verdict()).isEqualTo(DrillVerdict.NOT_PROVEN);
        assertThat(drill.checks())
                .extracting(Drill.CheckResult::name)
                .containsExactly("many in shop", "gone in billing");
        assertThat(drill.reasons()).containsExactly("2 of 2 checks do not hold");
    }

    @Test
    @org.junit.jupiter.api.Order(5)
    void an_index_that_lost_a_page_at_the_source_is_found() throws IOException {
        server.sql("postgres", "create database broken");
        server.sql(
                "broken",
                "create table t as select id from generate_series(1, 20000) id; create index i on t (id);"
                        + " checkpoint");
        var file = server.sql("broken", "select pg_relation_filepath('i')");
        server.stop();
        try (var index =
                new RandomAccessFile(
                        server.folder().resolve("data").resolve(file).toFile(), "rw")) {
            // Zeros are what a page looks like that was never written: no checksum objects.
            index.seek(5L * PAGE);
            index.write(new byte[PAGE]);
        }
        server.startAgain();
        try {
            var drill = attempts().drill(base(), List.of(), List.of());

            assertThat(drill.verdict()).isEqualTo(DrillVerdict.NOT_PROVEN);
            assertThat(drill.reasons()).anyMatch(line -> line.startsWith("pg_amcheck of broken: "));
            // What there is can be read all the same.
            assertThat(rows(drill, "public.t")).isEqualTo(20_000);
        } finally {
            server.sql("postgres", "drop database broken");
        }
    }

    @Test
    @org.junit.jupiter.api.Order(6)
    void a_stored_byte_that_changed_is_not_proven() throws IOException {
        var base = attempts().listed().getLast();
        var file = shared.resolve("store").resolve(base.object("base").key().value());
        var bytes = Files.readAllBytes(file);
        var kept = bytes.clone();
        bytes[bytes.length / 2] ^= 0x10;
        Files.write(file, bytes);
        try {
            var drill = attempts().drill(base.backup(), List.of(), List.of());

            assertThat(drill.verdict()).isEqualTo(DrillVerdict.NOT_PROVEN);
            assertThat(drill.reasons()).hasSize(1);
            assertThat(drill.physical().orElseThrow().recoveries()).isEmpty();
        } finally {
            Files.write(file, kept);
        }
    }

    @Test
    @org.junit.jupiter.api.Order(7)
    void what_postgresqls_own_program_finds_wrong_is_not_proven()
            throws IOException, InterruptedException {
        var base = attempts().listed().getLast();

        var drill = drillWith("error: checksum mismatch for file \"base/5/1249\"", base);
        sh("rm -r " + shared.resolve("bin"));

        assertThat(drill.verdict()).isEqualTo(DrillVerdict.NOT_PROVEN);
        assertThat(drill.reasons())
                .singleElement()
                .asString()
                .contains("pg_verifybackup", "checksum mismatch");
    }

    /// With all programs of the server, and a pg_verifybackup that is not content.
    private Drill drillWith(String complaint, Manifest base) throws IOException {
        var bin = Files.createDirectories(shared.resolve("bin"));
        try (var programs = Files.list(server.bin())) {
            for (var program : programs.toList())
                if (!program.endsWith("pg_verifybackup"))
                    Files.createSymbolicLink(bin.resolve(program.getFileName()), program);
        }
        var fake =
                Files.writeString(
                        bin.resolve("pg_verifybackup"),
                        "#!/bin/sh\necho '" + complaint + "' >&2\nexit 1\n");
        Files.setPosixFilePermissions(fake, PosixFilePermissions.fromString("rwxr-xr-x"));
        var tools =
                new Tools(
                        Tools.find(Map.of("PGVIGIL_PG_BIN", bin.toString())).sets().subList(0, 1));
        var attempts = attempts();
        var closed =
                attempts.closed(
                        attempts.with(tools, Duration.ofMinutes(2)),
                        new Order.Drill(
                                Attempts.SERVER,
                                base.database(),
                                base.backup(),
                                2,
                                List.of(),
                                List.of()));
        return attempts.record(closed, Drill.class);
    }
}
