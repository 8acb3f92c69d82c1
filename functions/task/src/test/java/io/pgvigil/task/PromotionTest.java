package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.wal.Harvest;
import io.pgvigil.core.wal.Point;
import io.pgvigil.core.wal.RecoveryWindow;
import io.pgvigil.core.wal.SegmentName;
import io.pgvigil.core.wal.TimelineId;
import io.pgvigil.core.wal.WalSegmentSize;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.WalCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a slot keeps begins later than what is stored ends: after a promotion, which leaves the slot
/// behind, and after a slot was lost. A harvest goes on from what is stored while the server has the log.
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class PromotionTest {
    @TempDir Path shared;
    private DirectoryStore store;
    private Path target;
    private long rows;

    @BeforeEach
    void folders() throws IOException {
        store = new DirectoryStore(new StoreUri.Directory(shared.resolve("store")));
        target = Restored.folder();
    }

    @AfterEach
    void remove() throws IOException, InterruptedException {
        Restored.remove(target);
    }

    private static TestServer primary(int megabytes) {
        var server =
                TestServer.start(
                        TestServer.newestBin(),
                        List.of("--wal-segsize=" + megabytes),
                        "max_slot_wal_keep_size=2GB",
                        "wal_keep_size=1GB");
        server.sql("postgres", "create database shop");
        server.sql("shop", "create table t (id bigint generated always as identity, text text)");
        return server;
    }

    /// About so many segments.
    private void write(TestServer server, int segments, int megabytes) {
        var many = segments * megabytes * 1000;
        server.sql(
                "shop",
                "insert into t (text) select repeat(md5(i::text), 30) from generate_series(1, "
                        + many
                        + ") i");
        rows += many;
    }

    private Attempts attempts(TestServer server) {
        return new Attempts(store, server, "shop");
    }

    private Harvest harvested(TestServer server) {
        return attempts(server).harvest();
    }

    private BackupId base(TestServer server) {
        return attempts(server).base().backup();
    }

    private static String dropSlot() {
        return "select pg_drop_replication_slot('pgvigil')";
    }

    /// Begins a new timeline on a server that is as far as this one.
    private static void promote(TestServer standby) {
        standby.sql("postgres", "select pg_promote()");
        assertThat(standby.sql("postgres", "select pg_is_in_recovery()")).isEqualTo("f");
    }

    /// What can be recovered from a base along the newest timeline.
    private RecoveryWindow window(TestServer server, BackupId base) {
        var log = log(server);
        return log.bases().stream()
                .filter(one -> one.backup().equals(base))
                .map(one -> RecoveryWindow.of(one, log.wal()).getLast())
                .findFirst()
                .orElseThrow();
    }

    private WalCatalog.Log log(TestServer server) {
        return new WalCatalog(store).of(attempts(server).listed().getLast());
    }

    private void requireRecovered(TestServer server, BackupId base, Point point, long expected)
            throws IOException, InterruptedException {
        assertThat(attempts(server).recovered(base, target, point).failure()).isEmpty();
        try (var copy = Restored.started(target)) {
            copy.awaitPromotion();
            assertThat(copy.sql("shop", "select count(*), count(distinct id) from t"))
                    .isEqualTo(expected + "|" + expected);
        }
    }

    private static String now(TestServer server) {
        return server.sql("postgres", "select clock_timestamp()");
    }

    /// The harvest before the promotion, what was written after it on both timelines, checkpoints that
    /// move the slot's beginning on: with the log of 1 MB, 16 MB and 64 MB segments.
    @ParameterizedTest
    @ValueSource(ints = {1, 16, 64})
    void a_base_of_before_a_promotion_reaches_a_moment_after_it(int megabytes)
            throws IOException, InterruptedException {
        try (var server = primary(megabytes);
                var standby = TestServer.standbyOf(server)) {
            var base = base(server);
            write(server, 2, megabytes);
            harvested(server);
            // Nobody harvests these any more before the primary is gone.
            write(server, 2, megabytes);
            standby.catchUp(server);
            server.stop();
            promote(standby);
            write(standby, 2, megabytes);
            standby.sql("postgres", "checkpoint");
            write(standby, 1, megabytes);
            standby.sql("postgres", "checkpoint");
            var moment = now(standby);
            var then = rows;
            write(standby, 1, megabytes);

            var harvest = harvested(standby);

            assertThat(harvest.timeline()).isEqualTo(2);
            assertThat(harvest.notices()).isEmpty();
            var window = window(server, base);
            assertThat(window.timeline()).isEqualTo(new TimelineId(2));
            assertThat(window.gaps()).isEmpty();
            assertThat(window.to()).isEqualTo(harvest.end());
            requireRecovered(
                    server, base, new Point(Point.Kind.TIME, moment, Optional.empty()), then);
            // A second one has nothing to catch up with.
            assertThat(harvested(standby).notices()).isEmpty();
        }
    }

    @Test
    void what_the_new_primary_has_removed_is_a_gap_from_the_end_of_what_is_stored()
            throws InterruptedException {
        try (var server = primary(1);
                var standby = TestServer.standbyOf(server)) {
            var base = base(server);
            harvested(server);
            write(server, 6, 1);
            standby.catchUp(server);
            server.stop();
            promote(standby);
            standby.sql("postgres", "alter system set wal_keep_size = 0");
            standby.sql("postgres", "select pg_reload_conf()");
            write(standby, 3, 1);
            standby.sql("postgres", "checkpoint");
            var last = last(server, 1);

            var harvest = harvested(standby);

            assertThat(harvest.notices())
                    .singleElement()
                    .asString()
                    .startsWith("a gap: " + last.next() + " to 00000002")
                    .contains("the server has removed them");
            assertThat(window(server, base).gaps()).isNotEmpty();
        }
    }

    private SegmentName last(TestServer server, int megabytes) {
        return new SegmentName(
                TimelineId.FIRST,
                log(server).keys().keySet().stream()
                        .filter(SegmentName::looksLikeOne)
                        .mapToLong(name ->
                                SegmentName.parse(name, new WalSegmentSize(megabytes << 20))
                                        .number())
                        .max()
                        .orElseThrow(),
                new WalSegmentSize(megabytes << 20));
    }

    @Test
    void a_slot_that_was_dropped_leaves_no_gap_while_the_server_has_the_log()
            throws IOException, InterruptedException {
        try (var server = primary(1)) {
            var base = base(server);
            harvested(server);
            write(server, 3, 1);
            harvested(server);
            server.sql("postgres", dropSlot());
            write(server, 3, 1);
            server.sql("postgres", "checkpoint");
            write(server, 3, 1);
            server.sql("postgres", "checkpoint");

            var harvest = harvested(server);

            assertThat(harvest.notices()).isEmpty();
            assertThat(harvest.segments()).isGreaterThanOrEqualTo(6);
            assertThat(window(server, base).gaps()).isEmpty();
            requireRecovered(server, base, Point.LATEST, rows);
        }
    }

    @Test
    void a_first_harvest_goes_on_from_where_the_base_ends()
            throws IOException, InterruptedException {
        try (var server = primary(1)) {
            var base = base(server);
            write(server, 3, 1);
            server.sql("postgres", "checkpoint");
            write(server, 3, 1);
            server.sql("postgres", "checkpoint");

            var harvest = harvested(server);

            assertThat(harvest.notices()).isEmpty();
            assertThat(window(server, base).to()).isEqualTo(harvest.end());
            requireRecovered(server, base, Point.LATEST, rows);
        }
    }

    /// The server removes a segment while it is asked for those before it.
    @Test
    void a_removal_in_the_middle_keeps_what_came_before_and_says_the_rest() throws IOException {
        try (var server = primary(1)) {
            var base = base(server);
            harvested(server);
            write(server, 2, 1);
            harvested(server);
            var last = last(server, 1);
            server.sql("postgres", dropSlot());
            write(server, 9, 1);
            server.sql("postgres", "checkpoint");
            write(server, 2, 1);
            var removed = new SegmentName(last.timeline(), last.number() + 6, last.size());
            Files.delete(server.folder().resolve("data/pg_wal").resolve(removed.toString()));

            var harvest = harvested(server);

            assertThat(harvest.notices())
                    .singleElement()
                    .asString()
                    .startsWith("a gap: " + removed + " to ");
            assertThat(window(server, base).to()).isEqualTo(removed.begin());
        }
    }

    /// The store has neither: a standby made by pg_basebackup has the history of its own timeline only.
    @Test
    void an_ancestors_history_that_the_server_does_not_have_is_not_needed()
            throws IOException, InterruptedException {
        try (var server = primary(1)) {
            var base = base(server);
            harvested(server);
            write(server, 2, 1);
            promoteInPlace(server);
            write(server, 2, 1);
            promoteInPlace(server);
            write(server, 2, 1);
            Files.delete(server.folder().resolve("data/pg_wal/00000002.history"));

            var harvest = harvested(server);

            assertThat(harvest.timeline()).isEqualTo(3);
            assertThat(harvest.notices()).isEmpty();
            assertThat(window(server, base).gaps()).isEmpty();
            requireRecovered(server, base, Point.LATEST, rows);
        }
    }

    /// As a server that was recovered: the same folder, a timeline further.
    private static void promoteInPlace(TestServer server) throws IOException {
        server.stop();
        Files.createFile(server.folder().resolve("data/standby.signal"));
        server.startAgain();
        server.sql("postgres", "select pg_promote()");
        assertThat(server.sql("postgres", "select pg_is_in_recovery()")).isEqualTo("f");
        assertThat(Lsn.parse(server.sql("postgres", "select pg_current_wal_lsn()")).value())
                .isPositive();
    }
}
