package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdInputStream;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.run.Turn;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.ObjectUpload;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.core.wal.Harvest;
import io.pgvigil.core.wal.PartialSegment;
import io.pgvigil.core.wal.SegmentName;
import io.pgvigil.core.wal.WalSegmentSize;
import io.pgvigil.runtime.Metrics;
import io.pgvigil.runtime.Seals;
import io.pgvigil.runtime.ThisHost;
import io.pgvigil.task.physical.WalHarvest;
import io.pgvigil.testkit.FlakyObjectStore;
import io.pgvigil.testkit.ForwardingObjectStore;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.Leases;
import io.pgvigil.wire.Runs;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A server's log, harvested piece by piece; the server forgets only what the store has.
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class WalHarvestTest {
    private static final WalSegmentSize SIZE = new WalSegmentSize(1 << 20);
    private static final WalHarvest.Rhythm BRISK =
            new WalHarvest.Rhythm(
                    Duration.ofMillis(50),
                    Duration.ofMillis(200),
                    Duration.ZERO,
                    Duration.ofMillis(50),
                    Duration.ofMillis(200));
    private static TestServer server;

    private final InMemoryObjectStore store = new InMemoryObjectStore();

    @BeforeAll
    static void start() {
        server =
                TestServer.start(
                        TestServer.newestBin(),
                        List.of("--wal-segsize=1"),
                        "wal_level=replica",
                        "max_slot_wal_keep_size=200MB");
        server.sql("postgres", "create database shop");
        server.sql(
                "shop", "create table notes (id bigint generated always as identity, text text)");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void withoutSlot() {
        server.sql(
                "postgres",
                "select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active");
    }

    private static void write(int megabytes) {
        server.sql(
                "shop",
                "insert into notes (text) select repeat(md5(i::text), 30) from generate_series(1, "
                        + megabytes * 1000
                        + ") i");
    }

    private static Order.Harvest order(boolean unlimited) {
        return new Attempts(new InMemoryObjectStore(), server, "shop").harvestOrder(unlimited);
    }

    private Seals.Closed harvest(ObjectStore faulty) {
        var attempts = new Attempts(store, server, "shop");
        return attempts.closed(attempts.with(faulty), order(false));
    }

    private Harvest harvested() {
        return new Attempts(store, server, "shop").harvest();
    }

    private TreeMap<String, byte[]> stored() {
        var found = new TreeMap<String, byte[]>();
        try (var objects = store.list("orders/_wal/")) {
            objects.map(StoredObject::key)
                    .filter(key -> !key.value().contains("/incoming/"))
                    .filter(key -> key.name().endsWith(Layout.SEGMENT_SUFFIX))
                    .forEach(key -> {
                        try (var in = new ZstdInputStream(store.read(key))) {
                            found.put(key.name().replace(".zst", ""), in.readAllBytes());
                        } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    });
        }
        return found;
    }

    private static byte[] onServer(String segment) throws IOException {
        return Files.readAllBytes(server.folder().resolve("data/pg_wal").resolve(segment));
    }

    private static String restart() {
        return server.sql(
                "postgres",
                // A position at a boundary counts as the end of the segment before it.
                "select pg_walfile_name(restart_lsn + 1) from pg_replication_slots where slot_name ="
                        + " 'pgvigil'");
    }

    @Test
    void every_segment_that_was_full_is_stored_as_it_is_and_the_rest_up_to_the_end()
            throws IOException {
        harvested();
        write(4);

        var harvest = harvested();

        var stored = stored();
        var whole = stored.keySet().stream().filter(SegmentName::looksLikeOne).toList();
        assertThat(whole).hasSizeGreaterThan(3);
        for (var name : whole) assertThat(stored.get(name)).as(name).isEqualTo(onServer(name));
        requireNoHole(whole);
        // The beginning of the segment that the server was filling.
        var partial =
                stored.keySet().stream()
                        .filter(PartialSegment::looksLikeOne)
                        .map(name -> PartialSegment.parse(name, SIZE))
                        .max((one, other) -> one.end().compareTo(other.end()))
                        .orElseThrow();
        assertThat(partial.end()).isEqualTo(harvest.end());
        var bytes = Objects.requireNonNull(stored.get(partial.toString()));
        assertThat(bytes).hasSize(partial.length());
        assertThat(bytes)
                .isEqualTo(
                        java.util.Arrays.copyOf(
                                onServer(partial.segment().toString()), bytes.length));
        // The server keeps that segment and nothing before it.
        assertThat(restart()).isEqualTo(partial.segment().toString());
    }

    @Test
    void an_idle_server_is_a_success_with_nothing_to_do() {
        write(2);
        harvested();
        var before = stored().keySet().stream().filter(SegmentName::looksLikeOne).toList();

        var harvest = harvested();

        assertThat(harvest.segments()).isZero();
        assertThat(stored().keySet().stream().filter(SegmentName::looksLikeOne)).isEqualTo(before);
    }

    /// The store dies at the n-th segment: before it is complete, or after that and before the server
    /// is told.
    @ParameterizedTest
    @ValueSource(strings = {"before 1", "after 1", "before 3", "after 3"})
    void killed_around_an_upload_nothing_is_missing_and_nothing_is_there_twice(String when)
            throws IOException {
        harvested();
        var had = stored().size();
        write(5);
        var dying =
                new Dying(
                        store,
                        Integer.parseInt(when.substring(when.indexOf(' ') + 1)),
                        when.startsWith("after"));

        var killed = harvest(dying);

        assertThat(killed.state()).isEqualTo(RunState.FAILED);
        var harvest = harvested();
        var whole = stored().keySet().stream().filter(SegmentName::looksLikeOne).toList();
        requireNoHole(whole);
        for (var name : whole) assertThat(stored().get(name)).as(name).isEqualTo(onServer(name));
        // What was stored and not confirmed was sent again, compared and not stored again: the one,
        // and
        // what was under way beside it.
        var one = when.startsWith("after") ? 1 : 0;
        assertThat(harvest.alreadyThere()).isBetween(one, one + 2);
        assertThat(had).isLessThan(whole.size());
    }

    @Test
    void the_same_name_with_other_content_is_an_error_that_names_it() throws IOException {
        harvested();
        write(3);
        // Another server's harvest under our name got there first.
        var next = restart();
        var key =
                Layout.segment(
                        Attempts.SERVER,
                        new io.pgvigil.core.SystemIdentifier(
                                server.sql(
                                        "postgres",
                                        "select system_identifier from pg_control_system()")),
                        io.pgvigil.core.wal.TimelineId.FIRST,
                        next);
        var other = onServer(next);
        other[500_000] ^= 1;
        store.put(key, com.github.luben.zstd.Zstd.compress(other));

        var closed = harvest(store);

        assertThat(closed.why().orElseThrow().code()).isEqualTo("PGV-4022");
        assertThat(closed.why().orElseThrow().what()).contains(key.value());
        assertThat(stored().get(next)).isEqualTo(other);
        // The server still has its own.
        assertThat(restart()).isEqualTo(next);
    }

    @Test
    void a_slot_without_a_limit_is_refused_unless_it_is_wanted() {
        server.sql("postgres", "alter system set max_slot_wal_keep_size = -1");
        server.sql("postgres", "select pg_reload_conf()");
        try {
            var attempts = new Attempts(store, server, "shop");

            var closed = attempts.closed(attempts.healthy(), order(false));

            assertThat(closed.why().orElseThrow().code()).isEqualTo("PGV-2022");
            assertThat(server.sql("postgres", "select count(*) from pg_replication_slots"))
                    .isEqualTo("0");
            assertThat(attempts.closed(attempts.healthy(), order(true)).state())
                    .isEqualTo(RunState.DONE);
        } finally {
            server.sql("postgres", "alter system reset max_slot_wal_keep_size");
            server.sql("postgres", "select pg_reload_conf()");
        }
    }

    @Test
    void a_lost_slot_is_made_again_and_the_gap_is_said() {
        harvested();
        write(2);
        harvested();
        server.sql("postgres", "alter system set max_slot_wal_keep_size = '1MB'");
        server.sql("postgres", "alter system set max_wal_size = '2MB'");
        server.sql("postgres", "alter system set min_wal_size = '2MB'");
        server.sql("postgres", "select pg_reload_conf()");
        try {
            for (var i = 0; i < 4; i++) {
                write(4);
                server.sql("postgres", "checkpoint");
            }
            assertThat(server.sql("postgres", "select wal_status from pg_replication_slots"))
                    .isEqualTo("lost");

            var harvest = harvested();

            assertThat(harvest.notices())
                    .hasSize(2)
                    .anyMatch(notice -> notice.contains("slot pgvigil was lost"))
                    .anyMatch(notice -> notice.startsWith("a gap: 0000000100000000"));
            // Until a whole segment behind the gap is stored it may still grow.
            write(2);
            harvested();
            write(1);
            assertThat(harvested().notices()).isEmpty();
        } finally {
            server.sql("postgres", "alter system reset all");
            server.sql("postgres", "select pg_reload_conf()");
        }
    }

    @Test
    void a_queued_harvest_beside_another_does_nothing_and_is_a_success() {
        var other = new io.pgvigil.core.RunId("20261122T003000Z-wal-0123456789");
        var leases = new Leases(store, java.time.InstantSource.system(), new ThisHost());
        leases.claim(Layout.walLease(Attempts.SERVER), other);
        var attempts = new Attempts(store, server, "shop");
        var order = order(false);
        var now = java.time.Instant.now();
        var id = io.pgvigil.core.run.RunIds.of(order, now, "queued");
        var runs = new Runs(store);
        runs.ask(Run.queued(id, order, now, Turn.of(Optional.empty(), now, now.plusSeconds(60))));

        var good = attempts.task(attempts.healthy()).perform(id);

        assertThat(good).isTrue();
        assertThat(attempts.sealed(id, 0).state()).isEqualTo(RunState.DONE);
        assertThat(stored()).isEmpty();
        // Somebody who sits and waits is told instead.
        assertThat(attempts.closed(attempts.healthy(), order).why().orElseThrow().code())
                .isEqualTo("PGV-6001");
    }

    @Test
    void an_always_on_harvest_outlives_faults_and_ends_with_everything_stored()
            throws InterruptedException {
        var attempts = new Attempts(store, server, "shop");
        var id = attempts.ordered(always());
        var stop = new AtomicBoolean();
        var lines = new java.util.concurrent.ConcurrentLinkedQueue<String>();
        var task =
                attempts.task(attempts.healthy())
                        .always(BRISK, stop::get, new Metrics("test", lines::add));
        var good = new AtomicBoolean();
        var worker = Thread.ofPlatform().start(() -> good.set(task.perform(id)));
        await(() -> !lines.isEmpty());
        write(3);
        await(() -> segments().size() >= 2);

        // The connection is cut again and again: it comes back and goes on.
        for (var i = 0; i < 5; i++) {
            server.sql(
                    "postgres",
                    "select pg_terminate_backend(pid) from pg_stat_activity where backend_type ="
                            + " 'walsender'");
            write(1);
        }
        // One that is due by the clock does nothing beside it.
        assertThat(attempts.closed(attempts.healthy(), order(false)).why().orElseThrow().code())
                .isEqualTo("PGV-6001");
        write(1);
        var end = Lsn.parse(server.sql("postgres", "select pg_current_wal_flush_lsn()"));
        stop.set(true);
        worker.interrupt();
        worker.join();

        assertThat(good).isTrue();
        var record = attempts.done(attempts.sealed(id, 0), Harvest.class);
        assertThat(record.end().isBefore(end)).isFalse();
        requireNoHole(segments());
        assertThat(String.join("", lines)).contains("WalLagSeconds");
        // The claim is free at once.
        harvested();
    }

    @Test
    void a_store_that_is_away_is_waited_for_and_told_nothing_twice() throws InterruptedException {
        var attempts = new Attempts(store, server, "shop");
        var flaky = new FlakyObjectStore(store, 0);
        var id = attempts.ordered(always());
        var stop = new AtomicBoolean();
        var task =
                attempts.task(attempts.with(flaky))
                        .always(BRISK, stop::get, new Metrics("test", _ -> {}));
        var good = new AtomicBoolean();
        var worker = Thread.ofPlatform().start(() -> good.set(task.perform(id)));
        write(2);
        await(() -> !segments().isEmpty());
        var before = restart();

        flaky.failAgain(20);
        write(3);
        var written =
                server.sql(
                        "postgres", "select pg_walfile_name(pg_current_wal_flush_lsn() - 1048576)");
        await(() -> segments().contains(written));
        stop.set(true);
        worker.interrupt();
        worker.join();

        assertThat(good).isTrue();
        assertThat(attempts.sealed(id, 0).state()).isEqualTo(RunState.DONE);
        requireNoHole(segments());
        assertThat(restart()).isNotEqualTo(before);
    }

    /// The slot is gone and so is a part of the log, found by a pass that writes nothing down.
    @Test
    void what_an_always_on_harvest_noticed_stands_in_its_next_record() throws InterruptedException {
        var attempts = new Attempts(store, server, "shop");
        var id = attempts.ordered(always());
        var stop = new AtomicBoolean();
        var seldom =
                new WalHarvest.Rhythm(
                        Duration.ofSeconds(4),
                        Duration.ofHours(1),
                        Duration.ofHours(1),
                        Duration.ofMillis(50),
                        Duration.ofMillis(200));
        var task =
                attempts.task(attempts.healthy())
                        .always(seldom, stop::get, new Metrics("test", _ -> {}));
        var worker = Thread.ofPlatform().start(() -> task.perform(id));
        await(() ->
                !store.list("orders/_wal/")
                        .filter(one -> one.key().value().contains("/harvests/"))
                        .toList()
                        .isEmpty());
        write(3);
        var before = segments().size();
        await(() -> segments().size() > before);
        // Seconds lie between two passes.
        await(() ->
                server.sql("postgres", "select count(*) from pg_replication_slots where active")
                        .equals("0"));
        withoutSlot();
        write(3);
        server.sql("postgres", "checkpoint");
        write(3);
        var until = segments().size() + 2;
        await(() -> segments().size() >= until);
        stop.set(true);
        worker.interrupt();
        worker.join();

        var record = attempts.done(attempts.sealed(id, 0), Harvest.class);
        assertThat(record.notices()).anyMatch(notice -> notice.startsWith("a gap: "));
    }

    /// What is new is less than a segment, and its rest is not due.
    @Test
    void an_always_on_harvest_with_nothing_to_do_only_looks() throws InterruptedException {
        var passes = new AtomicInteger();
        var counting =
                new ForwardingObjectStore(store) {
                    @Override
                    public Stream<StoredObject> list(String prefix) {
                        if (prefix.contains("/_wal/")) passes.incrementAndGet();
                        return super.list(prefix);
                    }
                };
        var attempts = new Attempts(store, server, "shop");
        var id = attempts.ordered(always());
        var stop = new AtomicBoolean();
        var seldom =
                new WalHarvest.Rhythm(
                        Duration.ofMillis(20),
                        Duration.ofHours(1),
                        Duration.ofHours(1),
                        Duration.ofMillis(50),
                        Duration.ofMillis(200));
        var task =
                attempts.task(attempts.with(counting))
                        .always(seldom, stop::get, new Metrics("test", _ -> {}));
        var worker = Thread.ofPlatform().start(() -> task.perform(id));
        await(() -> passes.get() > 0);
        var known = segments().size();
        write(3);
        await(() -> segments().size() > known);
        Thread.sleep(500);

        var before = passes.get();
        Thread.sleep(1000);

        assertThat(passes).hasValue(before);
        assertThat(before).isPositive();
        stop.set(true);
        worker.interrupt();
        worker.join();
    }

    private List<String> segments() {
        return stored().keySet().stream().filter(SegmentName::looksLikeOne).toList();
    }

    private static Order.Harvest always() {
        var once = order(false);
        return new Order.Harvest(
                once.server(), once.connection(), once.slot(), 1, once.longest(), false, true);
    }

    private static void await(java.util.function.BooleanSupplier so) throws InterruptedException {
        for (var i = 0; i < 600 && !so.getAsBoolean(); i++) Thread.sleep(50);
        assertThat(so.getAsBoolean()).isTrue();
    }

    @Test
    void what_an_archive_command_left_is_adopted_and_the_streamed_one_compared_with_it()
            throws IOException {
        harvested();
        write(3);
        var next = restart();
        var incoming = new ObjectKey(Layout.incoming(Attempts.SERVER) + next + ".0a1b.zst");
        store.put(incoming, com.github.luben.zstd.Zstd.compress(onServer(next)));

        var harvest = harvested();

        assertThat(harvest.adopted()).isEqualTo(1);
        assertThat(harvest.alreadyThere()).isEqualTo(1);
        assertThat(stored().get(next)).isEqualTo(onServer(next));
        // Another one with other content, after it was stored: nothing is lost, and it is said.
        var other = onServer(next);
        other[500_000] ^= 1;
        var wrong = new ObjectKey(Layout.incoming(Attempts.SERVER) + next + ".ffff");
        store.put(wrong, other);
        write(2);

        var closed = harvest(store);

        assertThat(closed.state()).isEqualTo(RunState.FAILED);
        assertThat(closed.why().orElseThrow().code()).isEqualTo("PGV-4022");
        assertThat(closed.why().orElseThrow().what()).contains(wrong.value(), "_wal/");
        // The rest of the harvest was done all the same.
        assertThat(closed.outcomes().getFirst().record()).isPresent();
        requireNoHole(segments());
    }

    @Test
    void a_promotion_is_followed_and_its_history_stored() throws IOException, InterruptedException {
        harvested();
        write(2);
        harvested();
        try (var standby = TestServer.standbyOf(server)) {
            write(1);
            standby.catchUp(server);
            standby.sql("postgres", "select pg_promote()");
            standby.sql(
                    "shop",
                    "insert into notes (text) select repeat(md5(i::text), 30) from generate_series(1,"
                            + " 3000) i");
            var attempts = new Attempts(store, standby, "shop");

            attempts.harvest();

            try (var objects = store.list("orders/_wal/")) {
                assertThat(objects.map(object -> object.key().name())).contains("00000002.history");
            }
            assertThat(stored().keySet()).anyMatch(name -> name.startsWith("00000002"));
            // A second one goes on where the first one ended.
            standby.sql(
                    "shop", "insert into notes (text) select 'x' from generate_series(1, 30000)");
            attempts.harvest();
        }
    }

    private static void requireNoHole(List<String> names) {
        var numbers = new ArrayList<Long>();
        names.forEach(name -> numbers.add(SegmentName.parse(name, SIZE).number()));
        for (var i = 1; i < numbers.size(); i++)
            assertThat(numbers.get(i)).isEqualTo(numbers.get(i - 1) + 1);
    }

    /// Ends the process at the n-th whole segment.
    private static final class Dying extends ForwardingObjectStore {
        private final int at;
        private final boolean after;
        private int completed;

        Dying(ObjectStore store, int at, boolean after) {
            super(store);
            this.at = at;
            this.after = after;
        }

        @Override
        public ObjectUpload upload(ObjectKey key) {
            var real = super.upload(key);
            var segment = SegmentName.looksLikeOne(key.name().replace(".zst", ""));
            return new ObjectUpload() {
                @Override
                public void write(byte[] bytes, int offset, int length) {
                    real.write(bytes, offset, length);
                }

                @Override
                public StoredObject complete() {
                    if (!segment || ++completed != at) return real.complete();
                    if (after) real.complete();
                    throw new Problem(ErrorCode.STORE_FAILED, "the process dies", "A test.");
                }

                @Override
                public void close() {
                    real.close();
                }
            };
        }
    }
}
