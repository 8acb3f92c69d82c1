package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.AutoKind;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.ObjectUpload;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.runtime.Seals;
import io.pgvigil.testkit.ForwardingObjectStore;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.BaseDocument;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A whole server, copied while it works, and started again from what the store has.
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class PhysicalBackupTest {
    private static TestServer server;

    @TempDir Path folder;

    @BeforeAll
    static void start() {
        // Small segments: several of them in every copy.
        server =
                TestServer.start(
                        TestServer.newestBin(),
                        List.of("--wal-segsize=1", "--data-checksums"),
                        "wal_level=replica",
                        "max_wal_senders=4");
        server.sql("postgres", "create database shop");
        server.sql(
                "shop",
                "create table orders as select id, md5(id::text) as note from"
                        + " generate_series(1, 20000) id");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private DirectoryStore store() {
        return new DirectoryStore(new StoreUri.Directory(folder.resolve("store")));
    }

    private static Order.Physical order(Attempts attempts, Duration longest) {
        return new Order.Physical(Attempts.SERVER, attempts.connection(), 1, longest);
    }

    private Seals.Closed backup(ObjectStore faulty) {
        var attempts = new Attempts(store(), server, "shop");
        return attempts.closed(attempts.with(faulty), order(attempts, Duration.ofMinutes(2)));
    }

    private Manifest sealed() {
        return new Attempts(store(), server, "shop").base();
    }

    @Test
    void a_copy_made_under_load_starts_from_the_stock_line_alone_and_has_every_commit_before_it()
            throws IOException, InterruptedException {
        var enough = new java.util.concurrent.atomic.AtomicBoolean();
        var writer =
                Thread.ofPlatform()
                        .start(() -> {
                            while (!enough.get())
                                server.sql(
                                        "shop",
                                        "insert into orders select id, 'new' from"
                                                + " generate_series(1, 2000) id");
                        });
        Manifest manifest;
        long before;
        try {
            before = rows(server, "shop");
            manifest = sealed();
        } finally {
            enough.set(true);
            writer.join();
        }
        var after = rows(server, "shop");

        assertThat(manifest.kind()).isEqualTo(BackupKind.PHYSICAL);
        var base = manifest.physical().orElseThrow();
        assertThat(base.end().isAfter(base.begin())).isTrue();
        assertThat(base.checksums()).isTrue();
        assertThat(base.segmentBytes()).isEqualTo(1 << 20);
        assertThat(manifest.objects())
                .extracting(Manifest.ManifestObject::role)
                .containsExactly("base", "backup_manifest", "facts", "log");
        try (var restored = Restored.of(manifest.restoreWith())) {
            assertThat(restored.rows("shop", "orders")).isBetween(before, after);
        }
        assertThat(slots()).as("slots left on the source").isEmpty();
    }

    @Test
    void the_frames_in_facts_lead_to_every_part_of_the_archive() throws IOException {
        var manifest = sealed();
        var facts =
                Json.read(
                        store().document(manifest.object("facts").key()).orElseThrow(),
                        BaseDocument.class,
                        BaseDocument.FORMAT);

        var archive = facts.archives().getFirst();
        var stored =
                Files.readAllBytes(
                        folder.resolve("store").resolve(manifest.object("base").key().value()));
        assertThat(archive.storedBytes()).isEqualTo(stored.length);
        assertThat(archive.bytes()).isEqualTo(manifest.totals().archiveBytes());
        assertThat(archive.frames()).hasSizeGreaterThan(2);
        var unpacked = 0L;
        for (var i = 0; i < archive.frames().size(); i++) {
            var frame = archive.frames().get(i);
            var end =
                    i + 1 < archive.frames().size()
                            ? archive.frames().get(i + 1).storedOffset()
                            : archive.storedBytes();
            assertThat(frame.archiveOffset()).isEqualTo(unpacked);
            var one = java.util.Arrays.copyOfRange(stored, (int) frame.storedOffset(), (int) end);
            unpacked += com.github.luben.zstd.Zstd.decompress(one, 16 << 20).length;
        }
        assertThat(unpacked).isEqualTo(archive.bytes());
    }

    @Test
    void tablespaces_come_along() throws IOException, InterruptedException {
        var fast = Path.of("/tmp", "pgvigil-fast-" + server.port());
        Files.createDirectory(fast);
        chown(fast);
        server.sql("postgres", "create tablespace fast location '" + fast + "'");
        server.sql(
                "shop",
                "create table cold tablespace fast as select id from generate_series(1, 777) id");
        try {
            var manifest = sealed();

            assertThat(manifest.physical().orElseThrow().tablespaces())
                    .singleElement()
                    .satisfies(space -> {
                        assertThat(space.name()).isEqualTo("fast");
                        assertThat(space.location()).isEqualTo(fast.toString());
                        assertThat(manifest.object(space.role()).size()).isPositive();
                    });
            assertThat(manifest.object("backup_manifest").size()).isPositive();
            // The stock line puts a tablespace where it was; on this machine that place is taken.
            var elsewhere = Path.of(fast + "-elsewhere");
            var line = manifest.restoreWith().replace(fast.toString(), elsewhere.toString());
            try (var restored = Restored.of(line, fast, elsewhere)) {
                assertThat(restored.rows("shop", "cold")).isEqualTo(777);
            }
        } finally {
            server.sql("shop", "drop table if exists cold");
            server.sql("postgres", "drop tablespace fast");
            remove(fast);
            remove(Path.of(fast + "-elsewhere"));
        }
    }

    @Test
    void a_copy_from_a_standby_recovers_by_itself() throws IOException, InterruptedException {
        try (var standby = TestServer.standbyOf(server)) {
            server.sql(
                    "shop", "insert into orders select id, 'seen' from generate_series(1, 500) id");
            standby.catchUp(server);

            var manifest = new Attempts(store(), standby, "shop").base();

            var base = manifest.physical().orElseThrow();
            assertThat(base.standby()).isTrue();
            // A standby cannot say where its primary's log was.
            assertThat(base.seen()).isEmpty();
            try (var restored = Restored.of(manifest.restoreWith())) {
                assertThat(restored.rows("shop", "orders")).isEqualTo(rows(server, "shop"));
                assertThat(restored.sql("shop", "select pg_is_in_recovery()")).isEqualTo("f");
            }
        }
    }

    @Test
    void without_the_replication_attribute_the_role_is_told_what_it_lacks() {
        server.sql("postgres", "create role weak login password '" + TestServer.PASSWORD + "'");
        var attempts = new Attempts(store(), server, "shop");
        var weak =
                new io.pgvigil.core.connect.ConnectionRef(
                        "127.0.0.1",
                        server.port(),
                        "weak",
                        "prefer",
                        java.util.Optional.empty(),
                        java.util.Optional.empty());

        var closed =
                attempts.closed(
                        attempts.healthy(),
                        new Order.Physical(Attempts.SERVER, weak, 1, Duration.ofMinutes(2)));

        assertThat(closed.why().orElseThrow().code()).isEqualTo("PGV-2004");
        requireNothingLeft();
    }

    @Test
    void a_copy_that_takes_too_long_is_ended_and_leaves_nothing() {
        var attempts = new Attempts(store(), server, "shop");

        var closed = attempts.closed(attempts.healthy(), order(attempts, Duration.ofMillis(1)));

        assertThat(closed.why().orElseThrow().code()).isEqualTo("PGV-2014");
        requireNothingLeft();
    }

    /// The process dies, the store fails: at each byte count something else was under way.
    @Test
    void whatever_fails_at_any_byte_leaves_nothing_that_looks_like_a_backup() {
        for (var limit : new long[] {0, 1, 1 << 20, 3 << 20}) {
            var closed = backup(new Failing(store(), limit));

            assertThat(closed.state()).as("after " + limit).isEqualTo(RunState.FAILED);
            requireNothingLeft();
        }
        assertThat(slots()).isEmpty();
    }

    @Test
    void wal_that_is_not_in_the_copy_is_found_before_the_seal() throws IOException {
        // A pg_basebackup that leaves out what our options ask for.
        var fake = folder.resolve("bin");
        Files.createDirectories(fake);
        for (var program : List.of("pg_dump", "postgres"))
            Files.createSymbolicLink(fake.resolve(program), server.bin().resolve(program));
        var script = fake.resolve("pg_basebackup");
        Files.writeString(
                script,
                "#!/bin/sh\nset -e\nfor a in \"$@\"; do case $a in --wal-method=fetch) a=--wal-method=none;;"
                        + " esac; set -- \"$@\" \"$a\"; shift; done\nexec "
                        + server.bin().resolve("pg_basebackup")
                        + " \"$@\"\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        var attempts = new Attempts(store(), server, "shop");
        var tools =
                io.pgvigil.postgres.Tools.find(java.util.Map.of("PGVIGIL_PG_BIN", fake.toString()));

        var closed =
                attempts.closed(
                        attempts.with(tools, Duration.ofMinutes(2)),
                        order(attempts, Duration.ofMinutes(2)));

        assertThat(closed.why().orElseThrow().code()).isEqualTo("PGV-4020");
        assertThat(closed.why().orElseThrow().what()).contains("lacks [0000000100000000");
        requireNothingLeft();
    }

    @Test
    void nobody_named_a_kind_and_a_small_database_is_dumped() {
        var closed = choosing("postgres", AutoKind.STANDARD);

        assertThat(closed.state()).as("%s", closed.why()).isEqualTo(RunState.SEALED);
        var manifest = new Attempts(store(), server, "shop").listed().getLast();
        assertThat(manifest.kind()).isEqualTo(BackupKind.LOGICAL);
        assertThat(manifest.notices().getFirst()).startsWith("kind auto: logical, because");
        assertThat(manifest.noteworthy()).isFalse();
    }

    @Test
    void nobody_named_a_kind_and_a_large_server_is_copied() {
        var closed = choosing("postgres", new AutoKind(1));

        assertThat(closed.state()).as("%s", closed.why()).isEqualTo(RunState.SEALED);
        var manifest = new Attempts(store(), server, "shop").listed().getLast();
        assertThat(manifest.kind()).isEqualTo(BackupKind.PHYSICAL);
        assertThat(manifest.database()).isEqualTo(DatabaseName.CLUSTER);
        assertThat(manifest.notices().getFirst()).startsWith("kind auto: physical, because");
    }

    @Test
    void a_large_server_whose_role_may_not_copy_it_is_dumped_and_the_reason_kept() {
        server.sql(
                "postgres",
                "create role reader login password '"
                        + TestServer.PASSWORD
                        + "' in role pg_read_all_data");

        var closed = choosing("reader", new AutoKind(1));

        assertThat(closed.state()).as("%s", closed.why()).isEqualTo(RunState.SEALED);
        var manifest = new Attempts(store(), server, "shop").listed().getLast();
        assertThat(manifest.kind()).isEqualTo(BackupKind.LOGICAL);
        assertThat(manifest.notices().getFirst())
                .startsWith("kind auto: logical, although")
                .contains("this role may not copy the server");
    }

    private Seals.Closed choosing(String user, AutoKind auto) {
        var attempts = new Attempts(store(), server, "shop");
        var admin = attempts.connection();
        var run =
                attempts.ordered(
                        new Order.Backup(
                                        Attempts.SERVER,
                                        new ConnectionRef(
                                                admin.host(),
                                                admin.port(),
                                                user.equals("postgres") ? admin.user() : user,
                                                admin.sslMode(),
                                                admin.sslRootCert(),
                                                admin.secret()),
                                        List.of(new DatabaseName("shop")),
                                        List.of(),
                                        Selection.EVERYTHING,
                                        1,
                                        Duration.ofSeconds(10),
                                        Duration.ofMinutes(2))
                                .choosing());
        var good = attempts.task(attempts.healthy()).choosing(auto).perform(run);
        return attempts.sealed(run, good ? 0 : 1);
    }

    private void requireNothingLeft() {
        var attempts = new Attempts(store(), server, "shop");
        assertThat(attempts.listed()).isEmpty();
        attempts.requireTidy();
        try (var objects = store().list(Layout.folder(Attempts.SERVER, DatabaseName.CLUSTER))) {
            assertThat(objects.filter(object -> object.key().name().equals(Layout.MANIFEST)))
                    .isEmpty();
        }
    }

    private static List<String> slots() {
        var found = new ArrayList<String>();
        server.sql(
                        "postgres",
                        "select slot_name from pg_replication_slots where slot_name like 'pgvigil%'")
                .lines()
                .filter(line -> !line.isBlank())
                .forEach(found::add);
        return found;
    }

    private static long rows(TestServer server, String database) {
        return Long.parseLong(server.sql(database, "select count(*) from orders"));
    }

    private static void remove(Path path) throws IOException, InterruptedException {
        new ProcessBuilder("rm", "-rf", path.toString()).inheritIO().start().waitFor();
    }

    private static void chown(Path path) throws IOException, InterruptedException {
        if (!TestServer.isRoot()) return;
        new ProcessBuilder("chown", "-R", "postgres", path.toString())
                .inheritIO()
                .start()
                .waitFor();
    }

    /// Takes so many bytes of an upload and then nothing any more, whatever is asked.
    private static final class Failing extends ForwardingObjectStore {
        private final long limit;
        private long taken;

        Failing(ObjectStore store, long limit) {
            super(store);
            this.limit = limit;
        }

        @Override
        public ObjectUpload upload(ObjectKey key) {
            var real = super.upload(key);
            return new ObjectUpload() {
                @Override
                public void write(byte[] bytes, int offset, int length) {
                    taken += length;
                    if (taken > limit)
                        throw new io.pgvigil.core.problem.Problem(
                                io.pgvigil.core.problem.ErrorCode.STORE_FAILED,
                                "the store takes no more",
                                "This is a test.");
                    real.write(bytes, offset, length);
                }

                @Override
                public io.pgvigil.core.store.StoredObject complete() {
                    return real.complete();
                }

                @Override
                public void close() {
                    real.close();
                }
            };
        }
    }
}
