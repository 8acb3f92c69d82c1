package io.pgvigil.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Physical;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.testkit.DyingObjectStore;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.wire.Manifests;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The harvested log of a server with a base every day, ten segments after the one before.
final class LogsTest {
    private static final int SIZE = 16 << 20;
    private static final SystemIdentifier SYSTEM = new SystemIdentifier("7301234567890123456");
    private static final Instant NOW = Instant.parse("2026-11-10T12:00:00Z");
    private static final String LOG = "shop/_wal/7301234567890123456/";

    private final Instant written = Instant.parse("2026-10-01T00:00:00Z");
    private final InMemoryObjectStore store = new InMemoryObjectStore(() -> written);
    private final Shop shop = new Shop(store, "physical: daily, keep: { daily: 9, wal: 3d }");

    @Test
    void what_no_moment_of_the_window_needs_goes_and_everything_else_stays() {
        days(store, shop);
        var others =
                List.of(
                        LOG + "00000002.history",
                        LOG + "harvests/20261101T000000Z-wal-0000000001.json",
                        LOG + "00000001/notes.txt",
                        "shop/_wal/incoming/000000010000000000000001",
                        "shop/_wal/incoming/00000001/000000010000000000000001.zst",
                        "shop/_wal/7300000000000000000/00000001/000000010000000000000001.zst");
        for (var key : others)
            store.create(new ObjectKey(key), "x".getBytes(StandardCharsets.UTF_8));
        var retention = shop.at(NOW);

        var plan = retention.plan(true);
        assertThat(plan.wal()).hasSize(2);
        assertThat(plan.wal().getLast().from()).contains("00000001000000000000003C");

        var done = retention.apply(Optional.of(plan.id()), true);

        // Three days before the 10th is the 7th at noon, which the base of the 7th leads to:
        // segment 60.
        assertThat(segments(store)).hasSize(40).startsWith("00000001000000000000003C");
        assertThat(store.keys()).containsAll(others);
        assertThat(done.wal())
                .singleElement()
                .satisfies(log -> {
                    assertThat(log.segments()).isEqualTo(60);
                    assertThat(log.outcome()).isEqualTo("deleted");
                });
        assertThat(retention.plan(true).changesNothing()).isTrue();
    }

    @Test
    void killed_at_any_write_the_window_is_whole_and_the_next_run_finishes() {
        for (var call = 0; call < 90; call += 3) {
            var memory = new InMemoryObjectStore(() -> written);
            var copy = new Shop(memory, "physical: daily, keep: { daily: 9, wal: 3d }");
            days(memory, copy);
            try {
                copy.at(NOW, new DyingObjectStore(memory, call)).apply(Optional.empty(), true);
            } catch (RuntimeException killed) {
                assertThat(killed).isNotNull();
            }
            assertThat(segments(memory))
                    .contains("00000001000000000000003C")
                    .hasSizeGreaterThan(39);

            copy.at(NOW.plus(Duration.ofMinutes(5))).apply(Optional.empty(), true);

            assertThat(segments(memory)).as("after call %d", call).hasSize(40);
        }
    }

    @Test
    void where_new_bases_stop_arriving_the_log_stays() {
        days(store, shop);

        shop.at(NOW.plus(Duration.ofDays(10))).apply(Optional.empty(), true);

        assertThat(segments(store)).hasSize(100);
    }

    private static void days(InMemoryObjectStore store, Shop shop) {
        for (var number = 0; number < 100; number++)
            store.create(
                    new ObjectKey(LOG + "00000001/" + "00000001%016X".formatted(number) + ".zst"),
                    new byte[] {1});
        for (var day = 1; day <= 10; day++)
            base(
                    store,
                    shop,
                    Instant.parse("2026-11-01T03:00:00Z").plus(Duration.ofDays(day - 1)),
                    (day - 1) * 10);
    }

    private static void base(InMemoryObjectStore store, Shop shop, Instant finished, int segment) {
        var run = shop.run("backup", finished.minusSeconds(120));
        var backup = RunIds.backup(run, BackupKind.PHYSICAL, DatabaseName.CLUSTER);
        var key = Layout.of(Shop.SERVER, DatabaseName.CLUSTER, backup, Layout.BASE);
        store.create(key, "a base".getBytes(StandardCharsets.UTF_8));
        var begin = new Lsn((long) segment * SIZE + 0x28);
        var manifest =
                new Manifest(
                        Manifest.FORMAT,
                        backup,
                        BackupKind.PHYSICAL,
                        Shop.SERVER,
                        DatabaseName.CLUSTER,
                        run,
                        Optional.of(SYSTEM),
                        "17.6",
                        new Manifest.Tool("pg_basebackup", "17.6", false),
                        "0.1.0",
                        "pg_basebackup",
                        Selection.EVERYTHING,
                        new Manifest.Snapshot(finished, Optional.empty(), Optional.empty(), 1),
                        finished.minusSeconds(60),
                        finished,
                        new Manifest.Shape(
                                17,
                                "UTF8",
                                "C.UTF-8",
                                "C.UTF-8",
                                "libc",
                                Optional.empty(),
                                "postgres"),
                        new Manifest.Totals(9_000_000, 9_000_000, 6, 0, 0, 0, 0),
                        new Manifest.Compression("zstd", 3),
                        List.of(
                                new Manifest.ManifestObject(
                                        "base", key, 6, "00000000", Optional.empty())),
                        List.of(),
                        List.of(),
                        "tar",
                        Optional.of(
                                new Physical(
                                        begin,
                                        new Lsn(begin.value() + 0x100),
                                        1,
                                        SIZE,
                                        List.of("00000001%016X".formatted(segment)),
                                        false,
                                        true,
                                        finished,
                                        Optional.empty(),
                                        Optional.empty(),
                                        List.of(),
                                        10)));
        store.create(Shop.key(manifest), Manifests.bytes(manifest));
    }

    private static List<String> segments(InMemoryObjectStore store) {
        var found = new ArrayList<String>();
        for (var key : store.keys())
            if (key.startsWith(LOG + "00000001/0") && key.endsWith(".zst"))
                found.add(new ObjectKey(key).name().replace(".zst", ""));
        return found;
    }
}
