package io.pgvigil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.testkit.TestServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `backup --kind wal --continuous`: the command of somebody without a stack, until it is told to stop.
@Timeout(180)
final class ContinuousBackupTest {
    private static TestServer server;
    @TempDir Path folder;

    @BeforeAll
    static void start() {
        server =
                TestServer.start(
                        TestServer.newestBin(),
                        List.of("--wal-segsize=1"),
                        "max_slot_wal_keep_size=400MB");
        server.sql("postgres", "create table t (id int, text text)");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void it_goes_on_until_it_is_told_to_stop_and_lets_no_other_in() {
        try (var command = command("--continuous")) {
            write();
            awaitSegments(3);
            try (var other = command()) {
                var ended = other.ended();
                assertThat(ended.status()).as(ended.all()).isNotZero();
                assertThat(ended.all()).contains("PGV-6001");
            }
            write();
            awaitSegments(6);
            assertThat(command.isAlive()).isTrue();

            command.terminate();

            command.ended();
        }
        try (var after = command()) {
            var ended = after.ended();
            assertThat(ended.status()).as(ended.all()).isZero();
            assertThat(ended.stdout()).startsWith("harvested  ");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "--kind physical --continuous, --continuous is for --kind wal",
        "--continuous,                 --continuous is for --kind wal",
    })
    void without_the_kind_it_is_refused(String options, String why) {
        var ended =
                Program.run(
                        folder,
                        Map.of(),
                        ("backup --store " + folder.resolve("store") + " " + options).split(" "));

        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.stderr()).contains("PGV-1001").contains(why);
    }

    private Program command(String... more) {
        var arguments =
                new ArrayList<>(
                        List.of(
                                "backup",
                                server.url("postgres").replaceFirst("/postgres$", "/"),
                                "--server",
                                "orders",
                                "--kind",
                                "wal",
                                "--store",
                                folder.resolve("store") + ""));
        arguments.addAll(List.of(more));
        return Program.command(
                folder,
                Map.of("PGPASSWORD", TestServer.PASSWORD),
                arguments.toArray(String[]::new));
    }

    private static void write() {
        server.sql(
                "postgres",
                "insert into t select i, repeat(md5(i::text), 30) from generate_series(1, 4000) i");
    }

    private void awaitSegments(int count) {
        for (var i = 0; i < 12_000 && segments().size() < count; i++) Program.sleep();
        assertThat(segments()).hasSizeGreaterThanOrEqualTo(count);
    }

    private List<String> segments() {
        try (var objects = store().list("orders/_wal/")) {
            return objects.map(object -> object.key().name())
                    .filter(name -> name.matches("[0-9A-F]{24}[.]zst"))
                    .sorted()
                    .toList();
        }
    }

    private DirectoryStore store() {
        return new DirectoryStore(new StoreUri.Directory(folder.resolve("store")));
    }
}
