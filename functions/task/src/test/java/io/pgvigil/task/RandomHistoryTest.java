package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.ObjectUpload;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.core.wal.Point;
import io.pgvigil.core.wal.RecoveryPlan;
import io.pgvigil.core.wal.RecoveryPlanner;
import io.pgvigil.core.wal.RecoveryWindow;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.testkit.ForwardingObjectStore;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.WalCatalog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A server lives, is written to, crashes, is promoted, and is backed up by runs that die; then it is
/// recovered to moments that the store claims to reach, and compared row by row with what was committed.
///
/// Its seed is fixed. `PGVIGIL_TEST_HISTORIES` asks for so many at random; a failure prints its seed, and
/// `PGVIGIL_TEST_SEED` repeats one.
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RandomHistoryTest {
    private static final int STEPS = 22;
    private static final int RECOVERIES = 3;

    /// Writes, crashes, a promotion, runs that die, and claims of each kind.
    private static final long SEED = 844_163;

    private static final int PAGE = 8192;
    private static final int PAGE_HEADER = 24;
    private static final int SEGMENT_HEADER = 40;

    @TempDir Path shared;

    static LongStream seeds() {
        var named = System.getenv("PGVIGIL_TEST_SEED");
        if (named != null) return LongStream.of(Long.parseLong(named));
        var many = System.getenv("PGVIGIL_TEST_HISTORIES");
        // One that is always the same tells what a change broke; many at random look for what
        // nobody broke.
        if (many == null) return LongStream.of(SEED);
        var first = new Random().nextLong(1, 1_000_000);
        return LongStream.range(first, first + Integer.parseInt(many));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void what_is_claimed_is_recovered_row_by_row(long seed)
            throws IOException, InterruptedException {
        System.out.println("random history, seed " + seed);
        try (var history = new History(seed)) {
            history.live();
            history.requireClaims();
        }
    }

    /// What was committed, and how to name that moment.
    ///
    /// @param commits whether it is that of a commit, which alone tells recovery what time it was
    private record Moment(
            int number,
            String rows,
            String time,
            Lsn lsn,
            Optional<String> name,
            boolean commits) {}

    private final class History implements AutoCloseable {
        private final long seed;
        private final Random random;
        private final DirectoryStore store;
        private final TestServer first;
        private final TreeMap<Integer, String> rows = new TreeMap<>();
        private final List<Moment> moments = new ArrayList<>();
        private final List<String> told = new ArrayList<>();
        private final TestServer standby;
        private @Nullable TestServer promoted;
        private int harvested = -1;

        History(long seed) throws IOException, InterruptedException {
            this.seed = seed;
            this.random = new Random(seed);
            this.store =
                    new DirectoryStore(new StoreUri.Directory(shared.resolve("store-" + seed)));
            this.first =
                    TestServer.start(
                            TestServer.newestBin(),
                            List.of("--wal-segsize=1"),
                            "max_slot_wal_keep_size=400MB",
                            // The new primary has what the old one had not given to a harvest.
                            "wal_keep_size=400MB");
            first.sql("postgres", "create database shop");
            first.sql("shop", "create table t (id int primary key, text text)");
            this.standby = TestServer.standbyOf(first);
        }

        void live() throws IOException, InterruptedException {
            harvest(store);
            base(store);
            for (var i = 0; i < STEPS; i++) step();
            // The very end is not claimed, for nothing behind it would tell recovery to stop.
            base(store);
            write();
            harvest(store);
            write();
            harvest(store);
        }

        private void step() throws IOException, InterruptedException {
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3 -> write();
                case 4 -> checkpoint();
                case 5 -> restorePoint();
                case 6 -> harvest(store);
                case 7 -> {
                    write();
                    harvest(new Dying(store, 1 + random.nextInt(3), random.nextBoolean()));
                }
                case 8 -> base(store);
                case 9 -> base(new Dying(store, 1, random.nextBoolean()));
                case 10 -> crash();
                case 11 -> promote();
                default -> throw new IllegalStateException();
            }
        }

        private String sql(String database, String sql) {
            var second = promoted;
            return second == null ? first.sql(database, sql) : second.sql(database, sql);
        }

        private void write() {
            var statements = new StringBuilder("begin;");
            for (var i = 0; i < 1 + random.nextInt(5); i++) {
                var id = random.nextInt(400);
                var text = "x".repeat(random.nextInt(2000)) + random.nextInt();
                // The first is written in any case: a transaction that changes nothing leaves no
                // commit.
                if (i > 0 && random.nextInt(4) == 0) {
                    rows.remove(id);
                    statements.append("delete from t where id = ").append(id).append(';');
                } else {
                    rows.put(id, md5(text));
                    statements.append(
                            "insert into t values (%d, '%s') on conflict (id) do update set text = excluded.text;"
                                    .formatted(id, text));
                }
            }
            sql("shop", statements + "commit");
            remember(Optional.empty(), "write");
        }

        private void remember(Optional<String> name, String what) {
            var words =
                    sql("postgres", "select clock_timestamp(), pg_current_wal_insert_lsn()")
                            .split("\\|");
            moments.add(
                    new Moment(
                            moments.size(),
                            content(rows),
                            words[0],
                            withoutHeader(Lsn.parse(words[1])),
                            name,
                            what.equals("write")));
            told.add(what + " at " + words[1]);
        }

        /// Where the next record will begin is behind the header of its page, of which nothing is written yet.
        private Lsn withoutHeader(Lsn next) {
            var behind = next.value() % PAGE;
            return behind == PAGE_HEADER || behind == SEGMENT_HEADER
                    ? new Lsn(next.value() - behind)
                    : next;
        }

        private void checkpoint() {
            sql("postgres", "checkpoint");
            told.add("checkpoint");
        }

        private void restorePoint() {
            var name = "point " + moments.size();
            sql("postgres", "select pg_create_restore_point('" + name + "')");
            remember(Optional.of(name), name);
        }

        private void crash() throws IOException, InterruptedException {
            // The standby's helper knows no crash; what is crashed is the first server.
            if (promoted != null) return;
            first.kill();
            first.startAgain();
            told.add("crash");
        }

        private void promote() throws IOException, InterruptedException {
            if (promoted != null) return;
            standby.catchUp(first);
            first.stop();
            standby.sql("postgres", "select pg_promote()");
            promoted = standby;
            told.add("promotion");
            remember(Optional.empty(), "after it");
            harvest(store);
            if (random.nextBoolean()) base(store);
        }

        private Attempts attempts() {
            var second = promoted;
            return new Attempts(store, second == null ? first : second, "shop");
        }

        private void harvest(ObjectStore through) {
            var before = moments.size() - 1;
            var attempts = attempts();
            var state =
                    attempts.closed(attempts.with(through), attempts.harvestOrder(false)).state();
            told.add("harvest " + state);
            if (state == RunState.DONE) harvested = before;
            else assertThat(through).as("seed " + seed + ", a healthy harvest").isNotSameAs(store);
        }

        private void base(ObjectStore through) {
            var attempts = attempts();
            var closed =
                    attempts.closed(
                            attempts.with(through),
                            new Order.Physical(
                                    Attempts.SERVER,
                                    attempts.connection(),
                                    1,
                                    Duration.ofMinutes(2)));
            told.add("base " + closed.state());
            if (closed.state() != RunState.SEALED)
                assertThat(through)
                        .as("seed " + seed + ", a healthy base: " + closed.why())
                        .isNotSameAs(store);
        }

        /// Every moment that is claimed may be asked for; some of them are.
        void requireClaims() throws IOException, InterruptedException {
            var newest = attempts().listed().getLast();
            var log = new WalCatalog(store).of(newest);
            var planner = new RecoveryPlanner(log.bases(), log.wal());
            var claims = new ArrayList<Claim>();
            for (var moment : moments)
                for (var point : points(moment))
                    if (planner.plan(point.target(), Optional.empty(), Optional.empty())
                                    instanceof RecoveryPlan.Reachable reachable
                            && (point.kind() != Point.Kind.NAME
                                    || reachable.base().end().isBefore(moment.lsn()))
                            && (point.kind() != Point.Kind.TIME
                                    || committedBehind(moment, reachable.reach())))
                        claims.add(new Claim(moment, point, reachable.base().backup()));
            assertThat(claims).as("seed " + seed + ": " + told).isNotEmpty();
            Collections.shuffle(claims, random);
            // The end is always claimed: what the last harvest saw, or where the log breaks off.
            var latest =
                    (RecoveryPlan.Reachable)
                            planner.plan(Point.LATEST.target(), Optional.empty(), Optional.empty());
            var last =
                    moments.stream()
                            .filter(moment -> !latest.reach().isBefore(moment.lsn()))
                            .toList()
                            .getLast();
            for (var base : log.bases())
                assertThat(RecoveryWindow.of(base, log.wal()))
                        .as("the windows of %s, seed %s: %s", base.backup(), seed, told)
                        .isNotEmpty()
                        .allSatisfy(window -> assertThat(window.gaps()).isEmpty());
            assertThat(last.number())
                    .as("the last moment, seed %s: %s", seed, told)
                    .isGreaterThanOrEqualTo(harvested);
            claims.addFirst(new Claim(last, Point.LATEST, latest.base().backup()));
            System.out.println(
                    "  "
                            + told.size()
                            + " steps, "
                            + log.bases().size()
                            + " bases, "
                            + claims.size()
                            + " claims: "
                            + told);
            for (var claim : claims.subList(0, Math.min(claims.size(), 1 + RECOVERIES)))
                requireRows(newest, claim);
        }

        private List<Point> points(Moment moment) {
            var points = new ArrayList<Point>();
            points.add(new Point(Point.Kind.LSN, moment.lsn().toString(), Optional.empty()));
            // A name is found only behind the base; where it lies the planner cannot know.
            moment.name()
                    .filter(_ -> moment.number() <= harvested)
                    .ifPresent(
                            name -> points.add(new Point(Point.Kind.NAME, name, Optional.empty())));
            points.add(new Point(Point.Kind.TIME, moment.time(), Optional.empty()));
            return points;
        }

        /// Without a later commit in what is replayed, nothing tells recovery that the time has come, and
        /// PostgreSQL refuses to go on.
        private boolean committedBehind(Moment moment, Lsn reach) {
            return moments.stream()
                    .anyMatch(later ->
                            later.commits()
                                    && later.number() > moment.number()
                                    && !later.lsn().isAfter(reach));
        }

        private void requireRows(Manifest newest, Claim claim)
                throws IOException, InterruptedException {
            var target = Restored.folder();
            var words = "seed " + seed + ", " + claim + ", history " + told;
            var record = attempts().recovered(claim.base(), target, claim.point());
            assertThat(record.failure()).as(words).isEmpty();
            try (var copy = Restored.started(target)) {
                copy.awaitPromotion();
                var found =
                        copy.sql(
                                "shop",
                                "select coalesce(string_agg(id || ' ' || md5(text), E'\\n' order by id), '') from t");
                assertThat(found).as(words).isEqualTo(claim.moment().rows());
                assertThat(
                                copy.sql(
                                        "shop",
                                        "set enable_seqscan = off; select count(*) from t where id >= 0"))
                        .as("through the index, %s", words)
                        .isEqualTo(found.isEmpty() ? "0" : found.lines().count() + "");
            }
        }

        @Override
        public void close() {
            standby.close();
            first.close();
        }
    }

    private record Claim(Moment moment, Point point, BackupId base) {
        @Override
        public String toString() {
            return point + " from " + base + ", moment " + moment.number();
        }
    }

    private static String md5(String text) {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("MD5")
                                    .digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String content(TreeMap<Integer, String> rows) {
        return rows.entrySet().stream()
                .map(row -> row.getKey() + " " + row.getValue())
                .collect(Collectors.joining("\n"));
    }

    /// Ends the process at the n-th object that is uploaded.
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
            return new ObjectUpload() {
                @Override
                public void write(byte[] bytes, int offset, int length) {
                    real.write(bytes, offset, length);
                }

                @Override
                public StoredObject complete() {
                    if (++completed != at) return real.complete();
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
