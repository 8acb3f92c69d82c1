package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.Lsn;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Physical;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.wal.Point;
import io.pgvigil.core.wal.RecoveryPlan;
import io.pgvigil.core.wal.RecoveryPlanner;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.WalCatalog;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Moments that committed while a base was being copied, of which that base knows only a part.
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class TargetInsideABaseTest {
    /// A commit, after which the table had so many rows.
    private record Moment(long rows, long xid, String time, Lsn lsn) {
        Point as(Point.Kind kind) {
            var value =
                    switch (kind) {
                        case TIME -> time;
                        case LSN -> lsn.toString();
                        case XID -> xid + "";
                        case NAME -> "behind " + rows;
                        case LATEST, IMMEDIATE -> "";
                    };
            return new Point(kind, value, Optional.empty());
        }
    }

    private static final List<Moment> MOMENTS = new CopyOnWriteArrayList<>();

    @TempDir static Path shared;
    private static TestServer server;
    private static Manifest older;
    private static Manifest base;

    private Path target;

    @BeforeAll
    static void history() {
        server =
                TestServer.start(
                        TestServer.newestBin(),
                        List.of("--wal-segsize=1"),
                        "max_slot_wal_keep_size=400MB");
        server.sql("postgres", "create database shop");
        server.sql("shop", "create table t (id bigint)");
        attempts().harvest();
        older = attempts().base();
        // Takes long enough to copy that much is committed meanwhile.
        server.sql(
                "shop",
                "create table ballast as select repeat(md5(i::text), 30) from generate_series(1, 50000) i");
        var enough = new AtomicBoolean();
        var writer = CompletableFuture.runAsync(() -> commitUntil(enough));
        try {
            base = attempts().base();
        } finally {
            enough.set(true);
            writer.join();
        }
        attempts().harvest();
    }

    private static void commitUntil(AtomicBoolean enough) {
        try (var connection = DriverManager.getConnection(server.jdbcUrl("shop"));
                var insert =
                        connection.prepareStatement(
                                "insert into t values (?) returning xmin::text::bigint");
                var look =
                        connection.prepareStatement(
                                "select clock_timestamp()::text, pg_current_wal_insert_lsn()::text,"
                                        + " pg_create_restore_point(?)")) {
            for (var rows = 1L; !enough.get(); rows++) {
                insert.setLong(1, rows);
                look.setString(1, "behind " + rows);
                try (var inserted = insert.executeQuery()) {
                    inserted.next();
                    var xid = inserted.getLong(1);
                    try (var looked = look.executeQuery()) {
                        looked.next();
                        MOMENTS.add(
                                new Moment(
                                        rows,
                                        xid,
                                        looked.getString(1),
                                        Lsn.parse(looked.getString(2))));
                    }
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void folder() throws IOException {
        target = Restored.folder();
    }

    @AfterEach
    void remove() throws IOException, InterruptedException {
        Restored.remove(target);
    }

    private static Attempts attempts() {
        return new Attempts(
                new DirectoryStore(new StoreUri.Directory(shared.resolve("store"))),
                server,
                "shop");
    }

    private static Physical window() {
        return base.physical().orElseThrow();
    }

    private static List<Moment> moments(Predicate<Lsn> which) {
        return MOMENTS.stream().filter(moment -> which.test(moment.lsn())).toList();
    }

    /// In the middle of those that committed between begin and end.
    private static Moment inside() {
        var inside = moments(lsn -> lsn.isAfter(window().begin()) && lsn.isBefore(window().end()));
        assertThat(inside).as("commits while the base was copied").hasSizeGreaterThan(2);
        return inside.get(inside.size() / 2);
    }

    private void requireRows(Manifest from, Point point, long rows)
            throws IOException, InterruptedException {
        assertThat(attempts().recovered(from.backup(), target, point).failure()).isEmpty();
        try (var copy = Restored.started(target)) {
            copy.awaitPromotion();
            assertThat(copy.sql("shop", "select count(*), max(id) from t"))
                    .isEqualTo(rows + "|" + rows);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TIME", "LSN", "XID"})
    void is_refused_by_that_base_before_anything_is_written(Point.Kind kind) {
        var failure =
                attempts()
                        .recovered(base.backup(), target, inside().as(kind))
                        .failure()
                        .orElseThrow();

        assertThat(failure.code()).isEqualTo("PGV-5020");
        assertThat(failure.what()).contains("is before the end of backup " + base.backup());
        assertThat(target).isEmptyDirectory();
    }

    /// Where a name lies shows during replay only: it is the server that refuses.
    @Test
    void under_a_name_ends_in_a_server_that_does_not_come_up()
            throws IOException, InterruptedException {
        var record = attempts().recovered(base.backup(), target, inside().as(Point.Kind.NAME));
        assertThat(record.failure()).isEmpty();
        assertThat(record.warnings()).anyMatch(warning -> warning.contains("name an older backup"));

        assertThat(Restored.tried(target)).as("a server recovered to somewhere else").isFalse();

        assertThat(target.resolve("log"))
                .content()
                .contains("requested recovery stop point is before consistent recovery point");
    }

    @ParameterizedTest
    @EnumSource(names = {"TIME", "LSN", "XID", "NAME"})
    void is_reached_exactly_from_the_base_before(Point.Kind kind)
            throws IOException, InterruptedException {
        var moment = inside();

        requireRows(older, moment.as(kind), moment.rows());
    }

    @ParameterizedTest
    @EnumSource(names = {"TIME", "LSN", "XID"})
    void has_the_base_before_chosen_where_none_was_named(Point.Kind kind) {
        var log = new WalCatalog(attempts().store()).of(base);

        var plan =
                new RecoveryPlanner(log.bases(), log.wal())
                        .plan(inside().as(kind).target(), Optional.empty(), Optional.empty());

        assertThat(plan)
                .isInstanceOfSatisfying(
                        RecoveryPlan.Reachable.class,
                        reachable ->
                                assertThat(reachable.base().backup()).isEqualTo(older.backup()));
    }

    @Test
    void the_first_position_behind_the_copy_is_reached_by_it()
            throws IOException, InterruptedException {
        var first = moments(lsn -> !lsn.isBefore(window().end())).getFirst();

        requireRows(base, first.as(Point.Kind.LSN), first.rows());
    }
}
