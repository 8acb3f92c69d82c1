package io.pgvigil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.Lsn;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.core.wal.Harvest;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The always-on harvest as the container runs it: a process that the platform stops, or that dies.
@Timeout(180)
final class ContinuousHarvestTest {
    private static final Map<String, String> PASSWORD =
            Map.of("ORDERS_PASSWORD", TestServer.PASSWORD);
    private static TestServer server;

    @TempDir Path folder;
    private StoreUri.Directory store = new StoreUri.Directory(Path.of("/"));

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

    @BeforeEach
    void configure() throws IOException {
        store = (StoreUri.Directory) StoreUri.parse(folder.resolve("store").toUri() + "");
        Files.writeString(
                folder.resolve("pgvigil.yaml"),
                """
                store: %s
                servers:
                  orders:
                    connect: { host: 127.0.0.1, port: %d, user: %s, secret: "env:ORDERS_PASSWORD", sslmode: disable }
                    profile: streamed
                profiles:
                  streamed:
                    physical: "daily 02:30 UTC"
                    wal: hourly
                    keep: { daily: 7 }
                """
                        .formatted(store, server.port(), TestServer.USER));
    }

    @Test
    void told_to_stop_it_stores_what_the_server_has() {
        try (var service = harvest()) {
            write();
            awaitSegments(3);
            write();
            var end = flushed();

            service.terminate();

            var ended = service.ended();
            // Java's own for SIGTERM, whatever the program says on its way out.
            assertThat(ended.status()).as(ended.all()).isEqualTo(143);
            assertThat(last().end().isBefore(end)).isFalse();
        }
    }

    @Test
    void killed_it_is_followed_by_another_that_goes_on_without_a_hole() {
        try (var service = harvest()) {
            write();
            awaitSegments(1);
            service.kill();
        }
        write();
        var end = flushed();
        try (var service = harvest()) {
            var before = segments().size();
            awaitSegments(before + 2);
            service.terminate();
            service.ended();
        }

        assertThat(last().end().isBefore(end)).isFalse();
        var names = segments();
        for (var i = 1; i < names.size(); i++)
            assertThat(number(names.get(i))).isEqualTo(number(names.get(i - 1)) + 1);
    }

    private Program harvest() {
        return Program.harvest(folder, store, folder.resolve("pgvigil.yaml"), PASSWORD, "orders");
    }

    private static void write() {
        server.sql(
                "postgres",
                "insert into t select i, repeat(md5(i::text), 30) from generate_series(1, 4000) i");
    }

    private static Lsn flushed() {
        return Lsn.parse(server.sql("postgres", "select pg_current_wal_flush_lsn()"));
    }

    private void awaitSegments(int count) {
        for (var i = 0; i < 30_000 && segments().size() < count; i++) Program.sleep();
        assertThat(segments()).hasSizeGreaterThanOrEqualTo(count);
    }

    private List<String> segments() {
        try (var objects = new DirectoryStore(store).list("orders/_wal/")) {
            return objects.map(object -> object.key().name())
                    .filter(name -> name.matches("[0-9A-F]{24}[.]zst"))
                    .sorted()
                    .toList();
        }
    }

    /// Segments of 1 MB: 4096 to each of the middle numbers.
    private static long number(String segment) {
        return Long.parseLong(segment, 8, 16, 16) * 4096 + Long.parseLong(segment, 16, 24, 16);
    }

    private Harvest last() {
        var store = new DirectoryStore(this.store);
        try (var objects = store.list("orders/_wal/")) {
            return objects.map(StoredObject::key)
                    .filter(key -> key.value().contains("/harvests/"))
                    .map(key ->
                            Json.read(
                                    store.document(key).orElseThrow().content(),
                                    Harvest.class,
                                    key.value()))
                    .max(Comparator.comparing(Harvest::end))
                    .orElseThrow();
        }
    }
}
