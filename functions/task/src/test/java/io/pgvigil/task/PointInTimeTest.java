package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.restore.RestoreRecord;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.wal.Point;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.testkit.ForwardingObjectStore;
import io.pgvigil.testkit.TestServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A server as it was at a moment, from a base and what was harvested; compared row by row with what had
/// been committed.
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class PointInTimeTest {
    /// One commit of the table: how many rows it had then, and how to name that moment.
    private record Moment(long rows, String time, String lsn, String xid) {}

    @TempDir static Path shared;
    private static TestServer server;
    private static final List<Moment> MOMENTS = new ArrayList<>();
    private static BackupId backup;

    private Path target;

    @BeforeAll
    static void history() {
        server =
                TestServer.start(
                        TestServer.newestBin(),
                        List.of("--wal-segsize=1"),
                        "max_slot_wal_keep_size=400MB",
                        "timezone=Asia/Kathmandu");
        server.sql("postgres", "create database shop");
        server.sql("shop", "create table t (id bigint generated always as identity, text text)");
        attempts().harvest();
        commit();
        backup = attempts().base().backup();
        for (var i = 0; i < 3; i++) commit();
        server.sql("postgres", "select pg_create_restore_point('before 4711')");
        for (var i = 0; i < 3; i++) commit();
        attempts().harvest();
        server.sql("shop", "drop table t");
        attempts().harvest();
    }

    private static void commit() {
        server.sql(
                "shop",
                "insert into t (text) select repeat(md5(i::text), 20) from generate_series(1, 1500) i");
        var words =
                server.sql(
                                "shop",
                                "select count(*), clock_timestamp(), pg_current_wal_insert_lsn(), max(xmin::text::bigint) from t")
                        .split("\\|");
        MOMENTS.add(new Moment(Long.parseLong(words[0]), words[1], words[2], words[3]));
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

    private static DirectoryStore store() {
        return new DirectoryStore(new StoreUri.Directory(shared.resolve("store")));
    }

    private static Attempts attempts() {
        return new Attempts(store(), server, "shop");
    }

    private RestoreRecord recovered(Point.Kind kind, String value) {
        return attempts().recovered(backup, target, new Point(kind, value, Optional.empty()));
    }

    private void requireRows(RestoreRecord record, long rows)
            throws IOException, InterruptedException {
        assertThat(record.failure()).isEmpty();
        try (var copy = Restored.started(target)) {
            copy.awaitPromotion();
            assertThat(copy.rows("shop", "t")).isEqualTo(rows);
            // Every row, and each once.
            assertThat(copy.sql("shop", "select count(distinct id), max(id) from t"))
                    .isEqualTo(rows + "|" + rows);
        }
    }

    @Test
    void the_second_before_the_table_was_dropped_is_recovered_whatever_the_servers_time_zone()
            throws IOException, InterruptedException {
        var before = MOMENTS.getLast();

        requireRows(recovered(Point.Kind.TIME, before.time()), before.rows());
    }

    @Test
    void a_time_in_the_middle_has_what_had_committed_and_nothing_more()
            throws IOException, InterruptedException {
        var middle = MOMENTS.get(3);

        requireRows(recovered(Point.Kind.TIME, middle.time()), middle.rows());
    }

    @Test
    void a_position_is_reached() throws IOException, InterruptedException {
        var middle = MOMENTS.get(2);

        requireRows(recovered(Point.Kind.LSN, middle.lsn()), middle.rows());
    }

    @Test
    void a_transaction_is_the_last_one() throws IOException, InterruptedException {
        var middle = MOMENTS.get(4);

        requireRows(recovered(Point.Kind.XID, middle.xid()), middle.rows());
    }

    @Test
    void a_named_point_is_found() throws IOException, InterruptedException {
        requireRows(recovered(Point.Kind.NAME, "before 4711"), MOMENTS.get(3).rows());
    }

    @Test
    void the_end_of_the_base_is_the_earliest_there_is() throws IOException, InterruptedException {
        requireRows(recovered(Point.Kind.IMMEDIATE, ""), MOMENTS.getFirst().rows());
    }

    @Test
    void the_latest_moment_has_the_table_dropped() throws IOException, InterruptedException {
        var record = recovered(Point.Kind.LATEST, "");

        assertThat(record.failure()).isEmpty();
        try (var copy = Restored.started(target)) {
            copy.awaitPromotion();
            assertThat(copy.sql("shop", "select to_regclass('t') is null")).isEqualTo("t");
        }
    }

    @Test
    void a_time_before_the_base_is_refused_before_anything_is_written() {
        var record = recovered(Point.Kind.TIME, MOMENTS.getFirst().time());

        assertThat(record.failure().orElseThrow().code()).isEqualTo("PGV-5020");
        assertThat(Files.exists(target.resolve("data"))).isFalse();
    }

    @Test
    void a_segment_that_is_missing_ends_what_can_be_reached() throws IOException {
        var gone = segments().get(segments().size() / 2);
        var kept = Files.readAllBytes(gone);
        Files.delete(gone);
        try {
            var record = recovered(Point.Kind.TIME, MOMENTS.getLast().time());

            assertThat(record.failure().orElseThrow().code()).isEqualTo("PGV-5020");
            assertThat(record.failure().orElseThrow().what())
                    .contains(gone.getFileName().toString().replace(".zst", ""));
        } finally {
            Files.write(gone, kept);
        }
    }

    @Test
    void a_fault_during_recovery_stops_it_and_never_ends_it_early()
            throws IOException, InterruptedException {
        var record = recovered(Point.Kind.LATEST, "");
        assertThat(record.failure()).isEmpty();
        var spool = target.resolve("data.wal");
        List<Path> fetched;
        try (var files = Files.list(spool)) {
            fetched =
                    files.filter(file -> file.getFileName().toString().matches("[0-9A-F]{24}"))
                            .sorted()
                            .toList();
        }
        // Gone after it was fetched: as if the disk, or the network, had failed just then.
        var lost = fetched.get(fetched.size() / 2);
        var elsewhere = target.resolve("elsewhere");
        Files.move(lost, elsewhere);

        var started = Restored.tried(target);
        assertThat(started).as("a server that came up without all of its log").isFalse();

        // Once the fault is over, the same start goes through.
        Files.move(elsewhere, lost);
        try (var copy = Restored.started(target)) {
            copy.awaitPromotion();
            assertThat(copy.sql("shop", "select to_regclass('t') is null")).isEqualTo("t");
        }
    }

    /// What a restore leaves that is killed in the middle of a segment: it can be seen while it reads.
    @Test
    void a_restore_that_died_in_the_middle_of_a_segment_leaves_nothing_that_recovers()
            throws IOException, InterruptedException {
        var dead = Restored.folder();
        var half =
                new ForwardingObjectStore(store()) {
                    @Override
                    public InputStream read(ObjectKey key) {
                        var whole = super.read(key);
                        return key.name().matches("[0-9A-F]{24}\\.zst")
                                ? endsHalfway(whole, () -> copyOnce(target, dead))
                                : whole;
                    }
                };
        var attempts = attempts();
        try {
            attempts.recovered(attempts.with(half), backup, target, Point.LATEST);

            try (var files = Files.list(dead.resolve("data.wal"))) {
                assertThat(files)
                        .as("files of the log, none of which is whole")
                        .isNotEmpty()
                        .allMatch(file -> file.toString().endsWith(".growing"));
            }
            assertThat(Restored.tried(dead)).as("a server in half a data folder").isFalse();
            var again = attempts.recovered(backup, dead, Point.LATEST).failure().orElseThrow();
            assertThat(again.code()).isEqualTo("PGV-5001");
        } finally {
            Restored.remove(dead);
        }
    }

    private static InputStream endsHalfway(InputStream whole, Runnable there) {
        try (whole) {
            var bytes = whole.readAllBytes();
            return new SequenceInputStream(
                    new ByteArrayInputStream(bytes, 0, bytes.length / 2),
                    new InputStream() {
                        @Override
                        public int read() throws IOException {
                            there.run();
                            throw new IOException("killed");
                        }
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static synchronized void copyOnce(Path from, Path to) {
        if (Files.exists(to.resolve("data"))) return;
        try {
            var copying = new ProcessBuilder("cp", "-a", from + "/.", to.toString()).inheritIO();
            assertThat(copying.start().waitFor()).isZero();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// As a power cut may leave it that kept the name of a file and lost a part of its content.
    @Test
    void half_a_segment_under_its_own_name_is_never_replayed()
            throws IOException, InterruptedException {
        assertThat(recovered(Point.Kind.LATEST, "").failure()).isEmpty();
        List<Path> fetched;
        try (var files = Files.list(target.resolve("data.wal"))) {
            fetched =
                    files.filter(file -> file.getFileName().toString().matches("[0-9A-F]{24}"))
                            .sorted()
                            .toList();
        }
        var cut = fetched.get(fetched.size() / 2);
        var whole = Files.readAllBytes(cut);
        Files.write(cut, Arrays.copyOf(whole, whole.length / 2));

        assertThat(Restored.tried(target)).as("a server that read half a segment").isFalse();

        Files.write(cut, whole);
        try (var copy = Restored.started(target)) {
            copy.awaitPromotion();
            assertThat(copy.sql("shop", "select to_regclass('t') is null")).isEqualTo("t");
        }
    }

    private static List<Path> segments() throws IOException {
        try (var files = Files.walk(shared.resolve("store"))) {
            return files.filter(file -> file.getFileName().toString().matches("[0-9A-F]{24}\\.zst"))
                    .sorted()
                    .toList();
        }
    }
}
