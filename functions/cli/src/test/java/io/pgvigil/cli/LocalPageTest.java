package io.pgvigil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.watch.History;
import io.pgvigil.runtime.Stores;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.Histories;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// In a directory the command that changed something writes the page.
final class LocalPageTest {
    private static TestServer server;

    @TempDir Path folder;

    @BeforeAll
    static void start() {
        server = TestServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void a_backup_of_a_server_that_nobody_named_is_on_the_page_right_away() {
        var store = store();
        var now = Instant.now();
        // Somebody has looked for other servers a moment ago, and found none.
        new Histories(store).keep(new History(History.FORMAT, now, now, List.of(), List.of()));

        var answer = backup();

        assertThat(answer.status()).as(answer.all()).isZero();
        assertThat(page(store)).contains("walk-in/postgres", "never");
    }

    @Test
    void what_retention_is_told_is_on_it_too() {
        backup();
        var store = store();
        store.delete(Layout.PAGE);

        var hold =
                pgvigil("retention", "hold", "latest", "--owner", "legal", "--reason", "case 4711");

        assertThat(hold.status()).as(hold.all()).isZero();
        assertThat(page(store)).contains("walk-in/postgres");
    }

    @Test
    void who_only_looks_writes_no_page() {
        backup();
        var store = store();
        store.delete(Layout.PAGE);

        pgvigil("retention", "plan");
        pgvigil("status");
        pgvigil("list");

        assertThat(store.stat(Layout.PAGE)).isEmpty();
    }

    @Test
    void a_page_that_cannot_be_written_fails_no_backup() throws IOException {
        Files.createDirectories(folder.resolve("store"));
        Files.writeString(folder.resolve("store/report"), "a file where a folder should be");

        var answer = backup();

        assertThat(answer.status()).as(answer.all()).isZero();
        assertThat(answer.stdout()).contains("sealed  walk-in");
        assertThat(answer.stderr()).contains("the page could not be written");
    }

    private Program.Ended backup() {
        return pgvigil("backup", server.url("postgres"), "--server", "walk-in");
    }

    private Program.Ended pgvigil(String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--store", folder.resolve("store").toString()));
        return Program.run(
                folder,
                Map.of(
                        "PGPASSWORD",
                        TestServer.PASSWORD,
                        "PGVIGIL_PG_BIN",
                        server.bin().toString()),
                all.toArray(String[]::new));
    }

    private ObjectStore store() {
        return Stores.open(new StoreUri.Directory(folder.resolve("store")), Map.of());
    }

    private static String page(ObjectStore store) {
        return new String(
                store.document(Layout.PAGE).orElseThrow().content(), StandardCharsets.UTF_8);
    }
}
