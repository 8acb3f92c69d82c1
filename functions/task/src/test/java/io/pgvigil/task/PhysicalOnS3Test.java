package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.adobe.testing.s3mock.S3MockApplication;
import com.github.luben.zstd.Zstd;
import io.pgvigil.core.BackupId;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.ByteRange;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.ObjectUpload;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.core.wal.Harvest;
import io.pgvigil.core.wal.Point;
import io.pgvigil.core.wal.SegmentName;
import io.pgvigil.core.wal.TimelineId;
import io.pgvigil.runtime.Seals;
import io.pgvigil.runtime.Stores;
import io.pgvigil.testkit.ForwardingObjectStore;
import io.pgvigil.testkit.TestServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A base, harvests and a restore to a moment over the protocol of S3.
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class PhysicalOnS3Test {
    private static final String BUCKET = "backups";
    private static TestServer server;
    private static String endpoint = "";

    private final ObjectStore store =
            Stores.open(
                    new StoreUri.S3(BUCKET, "pg/" + UUID.randomUUID()),
                    Map.of("AWS_ENDPOINT_URL_S3", endpoint, "AWS_REGION", "eu-west-1"));

    @BeforeAll
    static void start() {
        // It adds to the map.
        var settings = new HashMap<String, Object>();
        settings.put(S3MockApplication.PROP_HTTP_PORT, S3MockApplication.RANDOM_PORT);
        settings.put(S3MockApplication.PROP_HTTPS_PORT, S3MockApplication.RANDOM_PORT);
        settings.put(S3MockApplication.PROP_SILENT, true);
        settings.put("com.adobe.testing.s3mock.store.initial-buckets", BUCKET);
        settings.put("server.shutdown", "immediate");
        settings.put("spring.lifecycle.timeout-per-shutdown-phase", "1s");
        endpoint = "http://127.0.0.1:" + S3MockApplication.start(settings).getHttpPort();
        System.setProperty("aws.accessKeyId", "id");
        System.setProperty("aws.secretAccessKey", "key");
        server =
                TestServer.start(
                        TestServer.newestBin(),
                        java.util.List.of("--wal-segsize=1"),
                        "max_slot_wal_keep_size=400MB");
        server.sql("postgres", "create database shop");
        server.sql("shop", "create table t (id bigint generated always as identity, text text)");
    }

    @AfterAll
    static void stop() {
        server.close();
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
    }

    @BeforeEach
    void withoutSlot() {
        server.sql(
                "postgres",
                "select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active");
    }

    private static long commit() {
        server.sql(
                "shop",
                "insert into t (text) select repeat(md5(i::text), 20) from generate_series(1, 3000) i");
        return Long.parseLong(server.sql("shop", "select count(*) from t"));
    }

    private Attempts attempts() {
        return new Attempts(store, server, "shop");
    }

    private Seals.Closed closed(ObjectStore place, Order order) {
        var attempts = attempts();
        return attempts.closed(attempts.with(place), order);
    }

    private Order.Harvest order() {
        return attempts().harvestOrder(false);
    }

    private Harvest harvested() {
        return attempts().harvest();
    }

    private BackupId base() {
        return attempts().base().backup();
    }

    @Test
    void a_base_and_its_harvests_come_back_to_the_second_asked_for()
            throws IOException, InterruptedException {
        harvested();
        commit();
        var base = base();
        var rows = commit();
        var moment = server.sql("shop", "select clock_timestamp()");
        harvested();
        server.sql("shop", "truncate t");
        assertThat(harvested().segments()).isNotNegative();
        var target = Restored.folder();
        try {
            var record =
                    attempts()
                            .recovered(
                                    base,
                                    target,
                                    new Point(Point.Kind.TIME, moment, Optional.empty()));

            assertThat(record.failure()).isEmpty();
            try (var copy = Restored.started(target)) {
                copy.awaitPromotion();
                assertThat(copy.rows("shop", "t")).isEqualTo(rows);
            }
        } finally {
            Restored.remove(target);
        }
    }

    @Test
    void a_segment_is_stored_once_whoever_dies_and_is_never_replaced() throws IOException {
        harvested();
        commit();

        // Killed after the upload, before the server was told.
        var killed = closed(new DyingAfterUpload(store), order());
        assertThat(killed.state()).isEqualTo(RunState.FAILED);
        var harvest = harvested();

        assertThat(harvest.alreadyThere()).isEqualTo(1);
        var segment = segments().getFirst();
        assertThat(store.create(segment, new byte[] {1})).isFalse();
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> {
                    try (var upload = store.upload(segment)) {
                        upload.write(new byte[] {1}, 0, 1);
                        upload.complete();
                    }
                })
                .extracting(Problem::code)
                .isEqualTo(ErrorCode.OBJECT_EXISTS);
    }

    @Test
    void the_same_name_with_other_content_is_an_error_that_names_it_and_changes_nothing()
            throws IOException {
        harvested();
        commit();
        var next =
                server.sql(
                        "postgres",
                        "select pg_walfile_name(restart_lsn + 1) from pg_replication_slots where"
                                + " slot_name = 'pgvigil'");
        var other = Files.readAllBytes(server.folder().resolve("data/pg_wal").resolve(next));
        other[500_000] ^= 1;
        var key =
                Layout.segment(
                        Attempts.SERVER,
                        new SystemIdentifier(
                                server.sql(
                                        "postgres",
                                        "select system_identifier from pg_control_system()")),
                        TimelineId.FIRST,
                        next);
        assertThat(store.create(key, Zstd.compress(other))).isTrue();

        var closed = closed(store, order());

        assertThat(closed.why().orElseThrow().code()).isEqualTo("PGV-4022");
        assertThat(closed.why().orElseThrow().what()).contains(key.value());
        assertThat(Zstd.decompress(store.document(key).orElseThrow().content(), 1 << 20))
                .isEqualTo(other);
    }

    private java.util.List<ObjectKey> segments() {
        try (var objects = store.list(Attempts.SERVER + "/_wal/")) {
            return objects.map(StoredObject::key)
                    .filter(key -> SegmentName.looksLikeOne(key.name().replace(".zst", "")))
                    .toList();
        }
    }

    private static final class DyingAfterUpload extends ForwardingObjectStore {
        private boolean dead;

        DyingAfterUpload(ObjectStore store) {
            super(store);
        }

        @Override
        public ObjectUpload upload(ObjectKey key) {
            var real = super.upload(key);
            return new ObjectUpload() {
                @Override
                public void write(byte[] bytes, int offset, int length) {
                    real.write(bytes, offset, length);
                }

                @Override
                public StoredObject complete() {
                    synchronized (DyingAfterUpload.this) {
                        if (!dead) real.complete();
                        dead = true;
                        throw new Problem(ErrorCode.STORE_FAILED, "the process dies", "A test.");
                    }
                }

                @Override
                public void close() {
                    real.close();
                }
            };
        }
    }

    /// SIGTERM interrupts the worker, and the client of S3 sends nothing from such a thread.
    @Test
    void a_restore_that_is_stopped_leaves_no_files_and_a_record_that_says_why() throws IOException {
        var base = base();
        var target = Files.createTempDirectory(Path.of("/tmp"), "pgvigil-target-");
        var worker = Thread.currentThread();
        var reads = new AtomicInteger();
        var stopping =
                new ForwardingObjectStore(store) {
                    @Override
                    public InputStream read(ObjectKey key, ByteRange range) {
                        if (reads.incrementAndGet() == 1) worker.interrupt();
                        return super.read(key, range);
                    }
                };

        var stopped =
                closed(
                        stopping,
                        new Order.Recover(
                                Attempts.SERVER, base, target.toString(), Map.of(), 2, false));

        var why = stopped.outcomes().getFirst().failure().orElseThrow();
        assertThat(why.code()).isEqualTo(ErrorCode.RUN_CANCELLED.id());
        assertThat(stopped.outcomes().getFirst().record()).isPresent();
        assertThat(target).isEmptyDirectory();
        Files.delete(target);
    }
}
