package io.pgvigil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.core.RunId;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunProgress;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.Stores;
import io.pgvigil.testkit.SampleBackup;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Manifests;
import io.pgvigil.wire.Runs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The command, in a process of its own, on a directory with one proven backup.
final class ReportCommandTest {
    private static final String NOW = "2026-11-22T03:20:00Z";
    private static final RunId AT_WORK = new RunId("20261122T031800Z-backup-0000000001");

    @TempDir Path folder;

    private ObjectStore store = Stores.open(new StoreUri.Directory(Path.of("/")), Map.of());

    @BeforeEach
    void one_proven_backup() {
        store = Stores.open(new StoreUri.Directory(folder.resolve("store")), Map.of());
        var backup = SampleBackup.storeObjects(store);
        store.create(
                Layout.of(backup.server(), backup.database(), backup.backup(), Layout.MANIFEST),
                Manifests.bytes(backup));
        var drill = SampleBackup.drill(DrillVerdict.PROVEN);
        store.create(
                Layout.drill(drill.server(), drill.database(), drill.drill()), Json.bytes(drill));
        store.create(
                Layout.CONFIG,
                """
                store: file://%s/store
                servers:
                  orders-test:
                    connect: { host: orders.internal, user: backup, secret: env:P }
                    databases: [orders]
                    profile: nightly
                profiles:
                  nightly: { logical: "daily 02:30 UTC", drill: "daily 03:00 UTC", keep: { daily: 7 } }
                """
                        .formatted(folder)
                        .getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void into_a_folder_it_puts_the_page_its_data_and_the_proofs_and_leaves_the_store_alone()
            throws IOException {
        var page = folder.resolve("public/page");

        var answer = report("--out", page.toString());

        assertThat(answer.status()).as(answer.all()).isZero();
        var headline = answer.stdout().lines().findFirst().orElseThrow();
        assertThat(Files.readString(page.resolve("index.html")))
                .contains(headline, "orders-test/orders");
        assertThat(Files.readString(page.resolve("report.json"))).contains(headline);
        assertThat(Files.readString(page.resolve("proofs.csv"))).contains("orders-test,orders");
        assertThat(answer.stdout()).contains("Page: " + page.resolve("index.html").toUri());
        assertThat(store.stat(Layout.PAGE)).isEmpty();
    }

    @Test
    void without_a_folder_the_store_has_it() {
        var answer = report();

        assertThat(answer.status()).as(answer.all()).isZero();
        assertThat(answer.stdout()).contains("Page: file://", "report/index.html");
        assertThat(store.stat(Layout.PAGE)).isPresent();
        assertThat(store.stat(Layout.PAGE_DATA)).isPresent();
        assertThat(store.stat(Layout.PROOFS)).isPresent();
    }

    @Test
    void json_is_the_whole_answer() {
        var answer = report("--json", "--out", folder.resolve("page").toString());

        var said = Json.readTree(answer.stdout().getBytes(StandardCharsets.UTF_8), "the answer");
        assertThat(answer.stdout().lines()).hasSize(1);
        assertThat(said.path("answer").path("headline").asText()).isNotBlank();
        assertThat(said.path("databases")).hasSize(1);
        assertThat(said.path("databases").get(0).path("server").asText()).isEqualTo("orders-test");
    }

    @Test
    void an_auditor_gets_every_drill_as_csv_and_nothing_else() {
        var answer = report("--csv", "proofs");

        assertThat(answer.status()).as(answer.all()).isZero();
        assertThat(answer.stdout().lines())
                .containsExactly(
                        "time,server,database,backup,drill,verdict,recovery_seconds,checks_passed,checks,reasons",
                        "2026-11-22T02:35:09Z,orders-test,orders,%s,20261122T030000Z-verify-0a1b2c3d4e,proven,1.5,0,0,"
                                .formatted(SampleBackup.BACKUP));
        assertThat(store.stat(Layout.PAGE)).isEmpty();
        assertThat(report("--csv", "proofs", "--json").status()).isEqualTo(2);
        assertThat(report("--csv", "proofs", "--open").status()).isEqualTo(2);
    }

    @Test
    void open_hands_the_page_to_the_browser() throws IOException {
        var programs = Files.createDirectory(folder.resolve("bin"));
        var shown = folder.resolve("shown");
        for (var name : List.of("xdg-open", "open")) {
            var program =
                    Files.writeString(
                            programs.resolve(name), "#!/bin/sh\necho \"$1\" > " + shown + "\n");
            Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        }

        var answer = report(Map.of("PATH", programs.toString()), "--open");

        assertThat(answer.status()).as(answer.all()).isZero();
        for (var i = 0; i < 1000 && !(Files.exists(shown) && Files.size(shown) > 0); i++)
            Program.sleep();
        assertThat(Files.readString(shown)).startsWith("file://").endsWith("report/index.html\n");
    }

    @Test
    void without_a_browser_the_page_is_written_all_the_same_and_it_is_said_where() {
        var answer = report(Map.of("PATH", folder.toString()), "--open");

        assertThat(answer.status()).isEqualTo(1);
        assertThat(answer.stderr())
                .startsWith("PGV-2007: ")
                .contains("Open it by hand: file://")
                .contains("report/index.html");
        assertThat(store.stat(Layout.PAGE)).isPresent();
    }

    @Test
    void how_far_a_task_is_says_the_page_as_status_does() throws IOException {
        var began = Instant.now().minusSeconds(20);
        var runs = new Runs(store);
        runs.ask(Run.asked(AT_WORK, FollowTest.order(), began));
        runs.move(AT_WORK, run -> run.started("task-1"));
        store.put(
                Layout.progress(AT_WORK),
                Json.bytes(
                        new RunProgress(
                                RunProgress.FORMAT,
                                AT_WORK,
                                "dump",
                                "orders",
                                4,
                                3,
                                0,
                                began,
                                began.plusSeconds(10))));

        var status = json("status");
        var page = folder.resolve("page");
        var report = json("report", "--out", page.toString());

        var open = status.path("open").get(0);
        var running = report.path("running").get(0);
        assertThat(running.path("run").asText())
                .isEqualTo(open.path("run").asText())
                .isEqualTo(AT_WORK.value());
        var told = open.path("progress");
        var pace = running.path("pace");
        assertThat(told.path("stage").asText())
                .isEqualTo(pace.path("told").path("stage").asText())
                .isEqualTo("dump");
        assertThat(told.path("bytes").asLong())
                .isEqualTo(pace.path("told").path("bytes").asLong())
                .isEqualTo(4);
        // The last dump of this database was ten bytes long.
        assertThat(told.path("expectedBytes").asLong())
                .isEqualTo(pace.path("expectedBytes").asLong())
                .isEqualTo(10);
        var words = Program.run(folder, Map.of(), "status", "--store", place()).stdout();
        assertThat(words).contains("dump orders: 4 B of about 10 B");
        assertThat(Files.readString(page.resolve("index.html")))
                .contains("Under way", "dump orders: 4 B of about 10 B");
    }

    private JsonNode json(String command, String... further) {
        var arguments = new ArrayList<>(List.of(command, "--json", "--store", place()));
        arguments.addAll(List.of(further));
        var answer = Program.run(folder, Map.of(), arguments.toArray(String[]::new));
        return Json.readTree(answer.stdout().getBytes(StandardCharsets.UTF_8), command);
    }

    private Program.Ended report(String... further) {
        return report(Map.of(), further);
    }

    private Program.Ended report(Map<String, String> environment, String... further) {
        var arguments = new ArrayList<>(List.of("report", "--store", place(), "--now", NOW));
        arguments.addAll(List.of(further));
        return Program.run(folder, environment, arguments.toArray(String[]::new));
    }

    private String place() {
        return folder.resolve("store").toString();
    }
}
