package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.run.SealLock;
import io.pgvigil.core.run.TaskStopped;
import io.pgvigil.core.store.LockMode;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.runtime.Seals;
import io.pgvigil.testkit.DyingObjectStore;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Leases;
import io.pgvigil.wire.Runs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Whoever seals a copy of a server dies between any two of the things it writes.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class PhysicalSealTest {
    private static final InstantSource CLOCK = InstantSource.system();
    private static final Duration LOCKED = Duration.ofDays(30);

    private static TestServer server;
    private static InMemoryObjectStore unsealed;
    private static RunId run;
    private static ObjectKey begun;

    @TempDir Path folder;

    /// A task that did its work, could not give its claim back, and left an upload open.
    @BeforeAll
    static void copy() {
        server = TestServer.start(TestServer.newestBin(), List.of("--wal-segsize=1"));
        server.sql("postgres", "create table orders as select generate_series(1, 777) id");
        unsealed = new InMemoryObjectStore();
        var attempts = new Attempts(unsealed, server, "postgres");
        var order =
                new Order.Physical(
                        Attempts.SERVER,
                        attempts.connection(),
                        1,
                        Duration.ofMinutes(2),
                        Optional.of(new SealLock(LockMode.GOVERNANCE, LOCKED)));
        var now = CLOCK.instant();
        run = RunIds.of(order, now, "sealed");
        var runs = new Runs(unsealed);
        runs.ask(Run.asked(run, order, now));
        runs.move(run, asked -> asked.started("pid-4711@test"));
        assertThat(attempts.task(attempts.with(new NoRelease(unsealed))).perform(run)).isTrue();
        begun =
                Layout.of(
                        Attempts.SERVER,
                        DatabaseName.CLUSTER,
                        RunIds.backup(run, DatabaseName.CLUSTER),
                        "another");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void a_seal_that_dies_at_any_write_is_completed_by_the_next_one_or_by_the_next_command()
            throws IOException, InterruptedException {
        var whole = unsealed();
        stopped(whole);
        var sealed = backupIn(whole);

        var deaths = 0;
        var store = whole;
        for (var call = 0; ; call++) {
            store = unsealed();
            if (!dies(new DyingObjectStore(store, call))) break;
            requireNothingFalse(store, sealed, call);
            stopped(store);
            requireSealed(store, sealed, "told again after death at write " + call);
            deaths++;

            store = unsealed();
            dies(DyingObjectStore.withoutTheAnswer(store, call));
            requireNothingFalse(store, sealed, call);
            seals(store).catchUp();
            requireSealed(store, sealed, "found dead after write " + call);
        }

        // The manifest, a lock for it and each of its objects, the upload, the claim, the run.
        assertThat(deaths).isEqualTo(1 + listed(whole).getFirst().objects().size() + 1 + 3);
        // All of them hold the same bytes: what starts from one starts from each.
        requireRestores(store);
    }

    @Test
    void a_copy_that_was_damaged_before_the_next_seal_is_refused_by_it() {
        var store = unsealed();
        assertThat(dies(new DyingObjectStore(store, 0))).isTrue();
        var base = new Runs(store).reportOf(run).orElseThrow().results().getFirst().manifest();
        store.delete(base.orElseThrow().object("base").key());

        var closed = stopped(store);

        assertThat(closed.state()).isEqualTo(RunState.FAILED);
        assertThat(closed.why().orElseThrow().code()).isEqualTo("PGV-6005");
        assertThat(listed(store)).isEmpty();
    }

    private static boolean dies(DyingObjectStore store) {
        try {
            stopped(store);
            return false;
        } catch (IllegalStateException killed) {
            return true;
        }
    }

    private static Seals.Closed stopped(ObjectStore store) {
        return seals(store)
                .stopped(new TaskStopped(run, Optional.of(0), "exited", CLOCK.instant()));
    }

    /// On the host whose process has ended.
    private static Seals seals(ObjectStore store) {
        return new Seals(
                store,
                new Leases.Host() {
                    @Override
                    public String name() {
                        return "test";
                    }

                    @Override
                    public long pid() {
                        return 1;
                    }

                    @Override
                    public boolean gone(long pid) {
                        return true;
                    }
                },
                CLOCK);
    }

    /// Nothing is listed, or all of it is there; the run is over only when everything else is done.
    private static void requireNothingFalse(
            InMemoryObjectStore store, Map<ObjectKey, ByteBuffer> sealed, int call) {
        if (!listed(store).isEmpty())
            assertThat(backupIn(store)).as("listed after write %d", call).isEqualTo(sealed);
        if (new Runs(store).get(run).state() != RunState.STARTED)
            requireSealed(store, sealed, "over after write " + call);
    }

    private static void requireSealed(
            InMemoryObjectStore store, Map<ObjectKey, ByteBuffer> sealed, String when) {
        assertThat(new Runs(store).get(run).state()).as(when).isEqualTo(RunState.SEALED);
        assertThat(listed(store)).as(when).hasSize(1);
        assertThat(backupIn(store)).as(when).isEqualTo(sealed);
        var until = listed(store).getFirst().finished().plus(LOCKED);
        for (var key : sealed.keySet())
            assertThat(store.locking().orElseThrow().lockOf(key).end())
                    .as("%s: lock of %s", when, key)
                    .isBetween(until.minusSeconds(1), until);
        new Attempts(store, server, DatabaseName.CLUSTER.value()).requireTidy();
    }

    private static List<Manifest> listed(ObjectStore store) {
        return new Catalog(store).backups(Catalog.Filter.ANY);
    }

    private static Map<ObjectKey, ByteBuffer> backupIn(InMemoryObjectStore store) {
        var backup = begun.value().substring(0, begun.value().lastIndexOf('/') + 1);
        return contents(store, backup);
    }

    private static Map<ObjectKey, ByteBuffer> contents(InMemoryObjectStore store, String prefix) {
        var contents = new TreeMap<ObjectKey, ByteBuffer>();
        for (var key : store.list(prefix).map(StoredObject::key).toList())
            try (var content = store.read(key)) {
                contents.put(key, ByteBuffer.wrap(content.readAllBytes()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        return contents;
    }

    /// What the task left, in a store of its own.
    private static InMemoryObjectStore unsealed() {
        var store = new InMemoryObjectStore().lockable();
        contents(unsealed, "")
                .forEach((key, content) -> {
                    try (var upload = store.upload(key)) {
                        upload.write(content.array(), 0, content.array().length);
                        upload.complete();
                    }
                });
        store.upload(begun);
        return store;
    }

    private void requireRestores(InMemoryObjectStore store)
            throws IOException, InterruptedException {
        // As root the restored server is another user and passes through here.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        var attempts = new Attempts(store, server, "postgres");
        var closed =
                attempts.closed(
                        attempts.healthy(),
                        new Order.Recover(
                                Attempts.SERVER,
                                listed(store).getFirst().backup(),
                                folder.resolve("data").toString(),
                                Map.of(),
                                2,
                                false));
        assertThat(closed.state()).as("%s", closed.why()).isEqualTo(RunState.DONE);
        try (var copy = Restored.started(folder)) {
            assertThat(copy.rows("postgres", "orders")).isEqualTo(777);
        }
    }
}
