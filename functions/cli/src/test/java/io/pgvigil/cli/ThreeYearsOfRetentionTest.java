package io.pgvigil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.testkit.SampleBackup;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Manifests;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The profile `production` for three years in a directory: a backup every night, a drill every week,
/// retention every four. Then sixty days in which every drill fails. Without locks, which go by the
/// store's own clock and not by the time that is played.
final class ThreeYearsOfRetentionTest {
    private static final ServerName SHOP = new ServerName("shop");
    private static final DatabaseName ORDERS = new DatabaseName("orders");
    private static final Instant FIRST = Instant.parse("2023-11-22T03:31:00Z");
    private static final int YEARS = 3 * 365 + 1;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    @TempDir private Path folder = Path.of("");
    private String configuration = "";
    private DirectoryStore store = new DirectoryStore(new StoreUri.Directory(folder));
    private Instant night = FIRST;
    private int runs;

    @BeforeEach
    void configure() throws IOException {
        var place = folder.resolve("store");
        store = new DirectoryStore(new StoreUri.Directory(place));
        configuration = folder.resolve("pgvigil.yaml").toString();
        Files.writeString(
                Path.of(configuration),
                """
                store: file://%s
                servers:
                  shop:
                    connect: { host: shop.internal, user: backup, secret: iam }
                    databases: all
                    profile: production
                profiles:
                  production: { logical: "daily 04:30 Europe/Paris", lock: none }
                """
                        .formatted(place));
    }

    @Test
    void the_plan_can_be_signed_and_applied_and_failing_drills_stop_everything() {
        nights(YEARS, DrillVerdict.PROVEN);

        var page = retention("plan", "--beyond-budget");
        var plan = page.replaceAll("(?s).*PLAN ([0-9a-f]{12}) .*", "$1");
        show(page);
        assertThat(page.lines().findFirst().orElseThrow()).startsWith("PLAN " + plan);
        assertThat(page)
                .contains("30 daily, 12 weekly, 12 monthly, 7 yearly")
                .contains("yearly 4 of 7 (2023)")
                .contains("monthly 12 of 12 (2025-12)")
                .contains("daily 30 of 30 (2026-10-24)")
                .contains("newest proven")
                .contains("DELETE   no rule wants it")
                .contains("Agreed? pgvigil retention apply --plan " + plan + " --beyond-budget");
        var deletions = page.lines().filter(line -> line.contains("  DELETE   ")).count();
        var before = backups().size();

        assertThat(retention("apply", "--plan", plan, "--beyond-budget"))
                .contains(
                        "APPLIED plan %s in %s: %d of %d"
                                .formatted(plan, store.uri(), deletions, before));

        assertThat(backups()).hasSize(before - (int) deletions);
        assertThat(retention("plan")).contains("Nothing is to be done.");

        // Sixty days: backups are made, and none of them proves to be good.
        var proven = night;
        nights(60, DrillVerdict.NOT_PROVEN);
        var stopped = retention("plan");
        show(stopped);
        assertThat(stopped.lines().findFirst().orElseThrow())
                .startsWith("NOTHING IS DELETED OF shop/orders: no proven backup since 2026-11-")
                .endsWith("a drill is expected every 7d");
        var there = backups();
        assertThat(retention("apply", "--unattended", "--beyond-budget"))
                .startsWith("NOTHING DELETED OF shop/orders: no proven backup since")
                .contains(": 0 of " + there.size() + " backups deleted");
        assertThat(backups()).isEqualTo(there);
        // All of the time that retention has stood still is there, night by night.
        assertThat(there.stream().filter(key -> key.compareTo(name(proven)) > 0)).hasSize(60);

        // The drills are repaired, and everything goes on.
        drill(night(), DrillVerdict.PROVEN);
        assertThat(retention("apply", "--unattended", "--beyond-budget"))
                .startsWith("APPLIED")
                .doesNotContain(": 0 of");
    }

    /// `-Dpgvigil.retention.show=true` prints what a person would read.
    private static void show(String page) {
        if (Boolean.getBoolean("pgvigil.retention.show")) System.out.println(page);
    }

    private static String name(Instant night) {
        return "shop/orders/" + TIME.format(night);
    }

    private void nights(int count, DrillVerdict drills) {
        for (var i = 0; i < count; i++) {
            var made = night();
            if (i % 7 != 4) continue;
            drill(made, drills);
            // Four weeks at once are more than the budget of a run.
            if (i % 28 == 4) retention("apply", "--unattended", "--beyond-budget");
        }
    }

    private Manifest night() {
        night = night.plus(Duration.ofDays(1));
        var due = night.minus(Duration.ofMinutes(61));
        var run = new RunId(TIME.format(due) + "-backup-" + "%010x".formatted(++runs));
        var rows = 100_000L + runs * 50L;
        var manifest =
                SampleBackup.storeObjects(
                        store,
                        SHOP,
                        ORDERS,
                        RunIds.backup(run, BackupKind.LOGICAL, ORDERS),
                        run,
                        due,
                        night,
                        new Manifest.Totals(rows * 100, rows * 80, rows * 20, 60, 40, rows, 0));
        store.create(
                Layout.of(SHOP, ORDERS, manifest.backup(), Layout.MANIFEST),
                Manifests.bytes(manifest));
        return manifest;
    }

    private void drill(Manifest backup, DrillVerdict verdict) {
        var run = new RunId(TIME.format(night) + "-verify-" + "%010x".formatted(++runs));
        store.create(
                Layout.drill(SHOP, ORDERS, run),
                Json.bytes(
                        SampleBackup.drill(
                                SHOP,
                                ORDERS,
                                backup.backup(),
                                run,
                                verdict,
                                night.plus(Duration.ofHours(2)))));
    }

    private List<String> backups() {
        try (var objects = store.list("shop/orders/")) {
            return objects.map(object -> object.key() + "")
                    .filter(key -> key.endsWith("/" + Layout.MANIFEST))
                    .toList();
        }
    }

    /// The command, three hours after the newest backup.
    private String retention(String... arguments) {
        var line = new ArrayList<>(List.of("retention"));
        line.addAll(List.of(arguments));
        line.addAll(
                List.of(
                        "--config",
                        configuration,
                        "--now",
                        night.plus(Duration.ofHours(3)).toString()));
        var shown = new ByteArrayOutputStream();
        var out = System.out;
        System.setOut(new PrintStream(shown, true, StandardCharsets.UTF_8));
        try {
            assertThat(Main.run(line.toArray(String[]::new))).as(line + "").isZero();
        } finally {
            System.setOut(out);
        }
        return shown.toString(StandardCharsets.UTF_8);
    }
}
