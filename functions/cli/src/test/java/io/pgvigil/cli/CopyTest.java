package io.pgvigil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A backup, its copy, and the day on which only the copy is left.
@Timeout(180)
final class CopyTest {
    private static final Map<String, String> PASSWORD =
            Map.of("ORDERS_PASSWORD", TestServer.PASSWORD, "PGPASSWORD", TestServer.PASSWORD);

    private static TestServer server;

    @TempDir Path folder;
    private Path store = Path.of("");
    private Path copy = Path.of("");

    @BeforeAll
    static void start() {
        server = TestServer.start();
        server.sql("postgres", "create database shop");
        server.sql(
                "shop", "create table t as select g, md5(g::text) from generate_series(1, 5000) g");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void configure() throws IOException {
        store = folder.resolve("store");
        copy = Files.createDirectory(folder.resolve("far")).resolve("copy");
        Files.writeString(
                folder.resolve("pgvigil.yaml"),
                """
                store: %s
                servers:
                  orders:
                    connect: { host: 127.0.0.1, port: %d, user: %s, secret: "env:ORDERS_PASSWORD", sslmode: disable }
                    databases: [shop]
                    profile: copied
                profiles:
                  copied:
                    logical: "daily 02:30 UTC"
                    keep: { daily: 7 }
                    copies: [ { to: %s, keep: { daily: 2 } } ]
                    lock: governance
                """
                        .formatted(store.toUri(), server.port(), TestServer.USER, copy.toUri()));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void a_backup_is_copied_and_when_the_first_store_is_lost_the_copy_is_restored()
            throws IOException {
        var made = run("backup", "--config", config(), "--server", "orders");
        assertThat(made.status()).as(made.all()).isZero();
        assertThat(made.stdout()).contains("copied     orders/shop").contains("checked in file://");
        var shown = run("show", "latest", "--store", store + "");
        assertThat(shown.stdout()).contains("copy           in file://" + copy);
        // Its only rule that is counted in time keeps it for a week.
        assertThat(shown.stdout())
                .contains("lock           locked until 20")
                .contains("(governance)");
        // There the rule is two days, and whoever has only the copy has it locked.
        assertThat(made.stdout()).containsPattern("\n  locked until \\S+ \\(governance\\)\n");
        var there = json(run("show", "--store", copy + "", "--json"));
        assertThat(there.get("lock").get("until").asText())
                .isEqualTo(
                        Instant.parse(there.get("manifest").get("finished").asText())
                                        .plus(Duration.ofDays(2))
                                        .truncatedTo(ChronoUnit.SECONDS)
                                + "");
        var listed = run("list", "--store", store + "");
        assertThat(listed.stdout()).contains("OFF-SITE").containsPattern("never tried +yes\n");
        var json = json(run("list", "--store", store + "", "--json")).get("backups").get(0);
        assertThat(json.get("copies").get(0).asText()).isEqualTo("file://" + copy);
        assertThat(json.get("copiesMissing")).isEmpty();
        assertThat(json(run("show", "--store", store + "", "--json")).get("lock").get("mode"))
                .hasToString("\"governance\"");

        lose(store);

        assertThat(run("list", "--store", copy + "").stdout()).contains("shop");
        var restored =
                run(
                        "restore",
                        "latest",
                        "--store",
                        copy + "",
                        "--to",
                        "postgresql://%s@127.0.0.1:%d/back"
                                .formatted(TestServer.USER, server.port()),
                        "--create");
        assertThat(restored.status()).as(restored.all()).isZero();
        assertThat(server.sql("back", "select count(*) from t")).isEqualTo("5000");
        server.sql("postgres", "drop database back");
    }

    @Test
    void while_the_further_store_is_away_the_backup_is_one_and_the_copy_is_caught_up()
            throws IOException {
        Files.delete(copy.getParent());

        var made = run("backup", "--config", config(), "--server", "orders");

        assertThat(made.status()).as(made.all()).isEqualTo(3);
        assertThat(made.stdout()).contains("NOT COPIED orders/shop").contains("PGV-3011");
        assertThat(backups(store)).isEqualTo(1);
        assertThat(run("list", "--config", config()).stdout()).containsPattern("never tried +no\n");
        assertThat(run("show", "--config", config()).stdout())
                .contains("copy           not in file://" + copy + "; pgvigil copy ");

        Files.createDirectory(copy.getParent());
        var caught = run("copy", "--config", config(), "--json");
        assertThat(caught.status()).as(caught.all()).isZero();
        var copies = json(caught).get("copies");
        assertThat(copies).hasSize(1);
        assertThat(copies.get(0).get("copy").get("sent").asInt()).isPositive();
        assertThat(backups(copy)).isEqualTo(1);
        assertThat(run("copy", "--config", config()).stdout()).contains("Every copy is there.");

        var plan = run("retention", "plan", "--config", config(), "--store", copy + "");
        assertThat(plan.stdout()).as(plan.all()).contains("2 daily").doesNotContain("7 daily");
        var both = run("retention", "plan", "--config", config());
        assertThat(both.stdout())
                .as(both.all())
                .contains("7 daily")
                .contains("2 daily")
                .contains("  file://" + copy + "  as of");
        var applied = run("retention", "apply", "--unattended", "--config", config());
        assertThat(applied.stdout())
                .contains(" in file://" + store + ": 0 of 1 backups deleted")
                .contains(" in file://" + copy + ": 0 of 1 backups deleted");
    }

    private static JsonNode json(Program.Ended ended) {
        return Json.readTree(ended.stdout().getBytes(StandardCharsets.UTF_8), "answer");
    }

    private String config() {
        return folder.resolve("pgvigil.yaml") + "";
    }

    private static int backups(Path place) {
        return new Catalog(new DirectoryStore(new StoreUri.Directory(place)))
                .backups(Catalog.Filter.ANY)
                .size();
    }

    private Program.Ended run(String... arguments) {
        return Program.run(folder, PASSWORD, arguments);
    }

    private static void lose(Path place) throws IOException {
        try (var files = Files.walk(place)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        }
    }
}
