package io.pgvigil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The day on which the server and its store are gone, and a base with the log behind it lies elsewhere.
@Timeout(300)
final class RecoveryFromCopyTest {
    private static final Map<String, String> PASSWORD =
            Map.of("ORDERS_PASSWORD", TestServer.PASSWORD);

    /// Every row in its order.
    private static final String ROWS = "select md5(string_agg(t::text, ',' order by id)) from t";

    @TempDir Path folder;
    private Path store = Path.of("");
    private Path copy = Path.of("");
    private Path target = Path.of("");
    private TestServer server;

    RecoveryFromCopyTest() {
        server =
                TestServer.start(
                        TestServer.newestBin(),
                        List.of("--wal-segsize=1"),
                        "max_slot_wal_keep_size=400MB");
    }

    @BeforeEach
    void configure() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        store = folder.resolve("store");
        copy = folder.resolve("copy");
        target =
                Files.createTempDirectory(
                        Path.of("/tmp"),
                        "pgvigil-target-",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwxr-xr-x")));
        Files.writeString(
                folder.resolve("pgvigil.yaml"),
                """
                store: %s
                servers:
                  orders:
                    connect: { host: 127.0.0.1, port: %d, user: %s, secret: "env:ORDERS_PASSWORD", sslmode: disable }
                    databases: [shop]
                    profile: copied
                profiles:
                  copied:
                    physical: "daily 02:30 UTC"
                    wal: hourly
                    keep: { daily: 7 }
                    copies: [ %s ]
                    lock: governance
                """
                        .formatted(store.toUri(), server.port(), TestServer.USER, copy.toUri()));
        server.sql("postgres", "create database shop");
        server.sql("shop", "create table t (id bigint generated always as identity, text text)");
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        lose(target);
    }

    @Test
    void what_was_committed_after_the_base_is_recovered_from_the_copy_alone() throws IOException {
        good(run("backup", "--kind", "wal", "--config", config()));
        insert(2000);
        var based = good(run("backup", "--kind", "physical", "--config", config()));
        assertThat(based.stdout()).contains("copied     orders/_cluster");
        insert(3000);
        var rows = server.sql("shop", ROWS);
        var moment = now();
        insert(500);
        server.sql("shop", "drop table t");
        good(run("backup", "--kind", "wal", "--config", config()));
        var sent = good(run("copy", "--config", config()));
        assertThat(sent.stdout()).contains("copied     orders/_cluster");
        assertThat(good(run("copy", "--config", config())).stdout())
                .contains("Every copy is there.");

        server.stop();
        lose(store);

        assertThat(good(run("list", "--store", copy + "")).stdout()).contains("_cluster");
        good(recover("--at", moment));
        try (var recovered = TestServer.in(target)) {
            awaitPromotion(recovered);
            assertThat(recovered.sql("shop", "select count(*) from t")).isEqualTo("5000");
            assertThat(recovered.sql("shop", ROWS)).isEqualTo(rows);
        }
    }

    @Test
    void without_the_log_the_copy_reaches_the_end_of_its_base_and_says_so() throws IOException {
        good(run("backup", "--kind", "wal", "--config", config()));
        insert(2000);
        good(run("backup", "--kind", "physical", "--config", config()));
        insert(3000);
        var moment = now();
        good(run("backup", "--kind", "wal", "--config", config()));
        // And nobody sent that.
        server.stop();
        lose(store);

        var refused = recover("--at", moment);

        assertThat(refused.status()).as(refused.all()).isNotZero();
        assertThat(refused.all()).contains("PGV-5020");
        assertThat(Files.exists(target.resolve("data"))).isFalse();
        good(recover("--immediate"));
        try (var recovered = TestServer.in(target)) {
            awaitPromotion(recovered);
            assertThat(recovered.sql("shop", "select count(*) from t")).isEqualTo("2000");
        }
    }

    /// From the copy, up to where the options say.
    private Program.Ended recover(String... point) {
        var arguments = new ArrayList<>(List.of("restore", "--server", "orders"));
        arguments.addAll(List.of("--store", copy + "", "--to", target.resolve("data") + ""));
        arguments.addAll(List.of(point));
        return run(arguments.toArray(String[]::new));
    }

    private void insert(int rows) {
        server.sql(
                "shop",
                "insert into t (text) select md5(i::text) from generate_series(1, %d) i"
                        .formatted(rows));
    }

    /// By the server's clock, as people write it for a restore.
    private String now() {
        return server.sql(
                "shop",
                "select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
    }

    private static void awaitPromotion(TestServer recovered) {
        while (!recovered.sql("postgres", "select pg_is_in_recovery()").equals("f"))
            Program.sleep();
    }

    private String config() {
        return folder.resolve("pgvigil.yaml") + "";
    }

    private Program.Ended run(String... arguments) {
        return Program.run(folder, PASSWORD, arguments);
    }

    private static Program.Ended good(Program.Ended ended) {
        assertThat(ended.status()).as(ended.all()).isZero();
        return ended;
    }

    private static void lose(Path place) throws IOException {
        if (!Files.exists(place)) return;
        try (var files = Files.walk(place)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        }
    }
}
