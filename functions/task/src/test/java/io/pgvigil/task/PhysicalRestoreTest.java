package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.pgvigil.core.RunId;
import io.pgvigil.core.Sha256;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.restore.RestoreRecord;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.store.ByteRange;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.task.physical.ClusterRestore;
import io.pgvigil.testkit.ForwardingObjectStore;
import io.pgvigil.testkit.TestServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A data folder made of a physical backup.
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class PhysicalRestoreTest {
    @TempDir static Path shared;
    private static TestServer server;
    private static Path fast;
    private static Manifest backup;

    private Path target;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        server = TestServer.start(TestServer.newestBin(), List.of("--wal-segsize=1"));
        fast = Files.createTempDirectory(Path.of("/tmp"), "pgvigil-fast-");
        if (TestServer.isRoot()) sh("chown postgres " + fast);
        server.sql("postgres", "create database shop");
        server.sql("postgres", "create tablespace fast location '" + fast + "'");
        server.sql(
                "shop",
                """
                create table orders as select id, md5(id::text) as note from generate_series(1, 50000) id;
                create table cold tablespace fast as select id from generate_series(1, 777) id;
                """);
        backup = attempts().base();
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        server.close();
        sh("rm -rf " + fast);
    }

    @BeforeEach
    void folder() throws IOException {
        target = Restored.folder();
    }

    @AfterEach
    void remove() throws IOException, InterruptedException {
        Restored.remove(target);
    }

    private static DirectoryStore store() {
        return new DirectoryStore(new StoreUri.Directory(shared.resolve("store")));
    }

    private Path data() {
        return target.resolve("data");
    }

    private Order.Recover order(boolean dryRun) {
        return new Order.Recover(
                Attempts.SERVER,
                backup.backup(),
                data().toString(),
                Map.of("fast", target.resolve("fast").toString()),
                4,
                dryRun);
    }

    private static Attempts attempts() {
        return new Attempts(store(), server, "shop");
    }

    private static RestoreRecord restored(Order order) {
        var attempts = attempts();
        return attempts.record(attempts.closed(attempts.healthy(), order), RestoreRecord.class);
    }

    @Test
    void starts_with_every_row_and_its_tablespace_where_it_was_told()
            throws IOException, InterruptedException {
        var record = restored(order(false));

        assertThat(record.failure()).isEmpty();
        assertThat(record.warnings()).isEmpty();
        assertThat(record.seconds()).containsKeys("fetch", "sync", "total");
        try (var copy = Restored.started(target)) {
            assertThat(copy.rows("shop", "orders")).isEqualTo(50_000);
            assertThat(copy.rows("shop", "cold")).isEqualTo(777);
            assertThat(copy.sql("shop", "select pg_is_in_recovery()")).isEqualTo("f");
            assertThat(
                            copy.sql(
                                    "postgres",
                                    "select pg_tablespace_location(oid) from pg_tablespace where"
                                            + " spcname = 'fast'"))
                    .isEqualTo(target.resolve("fast").toString());
        }
    }

    @Test
    void a_dry_run_says_what_it_would_do_and_touches_nothing() throws IOException {
        var record = restored(order(true));

        assertThat(record.failure()).isEmpty();
        assertThat(record.plan())
                .hasSize(3)
                .anyMatch(step -> step.contains(data().toString()))
                .anyMatch(step -> step.contains(target.resolve("fast").toString()));
        assertThat(Files.exists(data())).isFalse();
    }

    @Test
    void a_folder_with_anything_in_it_is_refused_and_left_as_it_is() throws IOException {
        Files.createDirectory(data());
        Files.writeString(data().resolve("postmaster.pid"), "4711");

        var record = restored(order(false));

        assertThat(record.failure().orElseThrow().code()).isEqualTo("PGV-5001");
        assertThat(data()).isDirectoryContaining(path -> path.endsWith("postmaster.pid"));
        assertThat(Files.exists(target.resolve("fast"))).isFalse();
    }

    @Test
    void a_tablespace_goes_nowhere_where_something_is() {
        // Where it was: the source is at work there.
        var record =
                restored(
                        new Order.Recover(
                                Attempts.SERVER,
                                backup.backup(),
                                data().toString(),
                                Map.of(),
                                4,
                                false));

        assertThat(record.failure().orElseThrow().code()).isEqualTo("PGV-5001");
        assertThat(record.failure().orElseThrow().what()).contains(fast.toString());
        assertThat(Files.exists(data())).isFalse();
    }

    @Test
    void a_tablespace_that_the_backup_does_not_have_is_refused() {
        var record =
                restored(
                        new Order.Recover(
                                Attempts.SERVER,
                                backup.backup(),
                                data().toString(),
                                Map.of("slow", "/nowhere"),
                                4,
                                false));

        assertThat(record.failure().orElseThrow().what()).contains("has no tablespace slow");
    }

    /// Every frame has its own checksum, and the object one more.
    @Test
    void a_changed_byte_is_found_and_nothing_is_left_that_could_start() throws IOException {
        var file = shared.resolve("store").resolve(backup.object("base").key().value());
        var whole = Files.readAllBytes(file);
        try {
            for (var position :
                    List.of(0, 100, whole.length / 3, whole.length / 2, whole.length - 1)) {
                var changed = whole.clone();
                changed[position] ^= 16;
                Files.write(file, changed);

                var record = restored(order(false));

                assertThat(record.failure().orElseThrow().code())
                        .as("byte " + position)
                        .isEqualTo("PGV-3005");
                requireNothingLeft();
            }
        } finally {
            Files.write(file, whole);
        }
    }

    /// A file as the server sent it, and another checksum than it took while it read it.
    @Test
    void what_the_server_itself_copied_wrongly_is_found() throws IOException {
        var other =
                refusedWith(list -> {
                    var at = list.indexOf("\"Checksum\": \"", list.indexOf("base/")) + 13;
                    var digit = list.charAt(at) == '0' ? '1' : '0';
                    return signed(list.substring(0, at) + digit + list.substring(at + 1));
                });
        assertThat(other).contains("base/").contains("and the server copied");

        var longer =
                refusedWith(list -> signed(list.replaceFirst("\"Size\": 8192", "\"Size\": 8193")));
        assertThat(longer).contains("has 8,192 bytes, and the server copied 8,193");

        var renamed =
                refusedWith(list -> signed(list.replace("global/pg_filenode.map", "global/gone")));
        assertThat(renamed).contains("global/gone is missing");

        var changed = refusedWith(list -> list.replace("global/pg_filenode.map", "global/gone"));
        assertThat(changed).contains("its own checksum is another");
    }

    private String refusedWith(UnaryOperator<String> change) throws IOException {
        var list = backup.object("backup_manifest").key();
        var lying =
                new ForwardingObjectStore(store()) {
                    @Override
                    public InputStream read(ObjectKey key) {
                        if (!key.equals(list)) return super.read(key);
                        try (var in = new ZstdInputStreamNoFinalizer(super.read(key))) {
                            var text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                            var changed = change.apply(text).getBytes(StandardCharsets.UTF_8);
                            return new ByteArrayInputStream(Zstd.compress(changed));
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    }
                };
        var failure = restoredFrom(lying).failure().orElseThrow();
        assertThat(failure.code()).isEqualTo(ErrorCode.OBJECT_DAMAGED.id());
        requireNothingLeft();
        return failure.what();
    }

    private RestoreRecord restoredFrom(ObjectStore store) {
        var run =
                Run.asked(
                        new RunId("20261126T120000Z-restore-0123456789"),
                        order(false),
                        Instant.now());
        return new ClusterRestore(store, Progress.NONE, InstantSource.system())
                .run(run, order(false), backup);
    }

    private void requireNothingLeft() throws IOException {
        for (var place : List.of(data(), target.resolve("fast"))) {
            try (var left = Files.list(place)) {
                assertThat(left).isEmpty();
            }
        }
    }

    /// With the checksum that a server would have written below it.
    private static String signed(String list) {
        var last = list.indexOf("\"Manifest-Checksum\"");
        var lines = list.substring(0, last);
        return lines + "\"Manifest-Checksum\": \"" + Sha256.hex(lines) + "\"}\n";
    }

    /// SIGTERM interrupts the worker.
    @Test
    void a_restore_that_is_stopped_stops_and_leaves_nothing() throws IOException {
        var worker = Thread.currentThread();
        var reads = new AtomicInteger();
        var stopping =
                new ForwardingObjectStore(store()) {
                    @Override
                    public InputStream read(ObjectKey key, ByteRange range) {
                        if (reads.incrementAndGet() == 1) worker.interrupt();
                        return super.read(key, range);
                    }
                };
        var record = restoredFrom(stopping);

        assertThat(Thread.interrupted()).as("still told to stop").isTrue();
        assertThat(record.failure().orElseThrow().code()).isEqualTo(ErrorCode.RUN_CANCELLED.id());
        requireNothingLeft();
    }

    private static void sh(String line) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("sh", "-c", line).inheritIO().start().waitFor()).isZero();
    }
}
