package io.pgvigil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.testkit.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A password goes to the server and nowhere else.
@Timeout(180)
final class SecretsTest {
    // The second half is what remains to be seen when somebody prints it percent-encoded.
    private static final String PASSWORD = "hush@unmistakable";
    private static final String ENCODED = "hush%40unmistakable";
    private static final String TRACE = "unmistakable";

    private static TestServer server;

    @TempDir Path folder;

    private final Set<String> seen = ConcurrentHashMap.newKeySet();
    private final List<String> said = new ArrayList<>();

    @BeforeAll
    static void start() {
        server = TestServer.start();
        server.sql("postgres", "create role keeper superuser login password '" + PASSWORD + "'");
        server.sql("postgres", "create database shop");
        server.sql("shop", "create table t as select generate_series(1, 1000) id");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void a_password_in_the_environment_shows_nowhere() throws Exception {
        requireSilence(Map.of("PGPASSWORD", PASSWORD), "keeper");
    }

    @Test
    void a_password_in_a_url_shows_nowhere_but_where_it_was_typed() throws Exception {
        requireSilence(Map.of(), "keeper:" + ENCODED);
    }

    @Test
    void a_password_that_is_wrong_is_not_repeated() throws Exception {
        var url = "postgresql://keeper:wrong%40unmistakable@127.0.0.1:" + server.port() + "/shop";

        assertThat(run(Map.of(), "backup", url, "--store", store())).isEqualTo(1);
        assertThat(run(Map.of(), "backup", url + "?sslmode=nonsense", "--store", store()))
                .isEqualTo(2);
        assertThat(run(Map.of(), "backup", url, "--nonsense=" + url, "--store", store()))
                .isEqualTo(2);

        assertThat(said).noneMatch(text -> text.contains(TRACE));
        assertThat(seen).noneMatch(line -> line.contains(TRACE));
        requireSilentStore();
    }

    private void requireSilence(Map<String, String> environment, String user) throws Exception {
        var address = "postgresql://" + user + "@127.0.0.1:" + server.port() + "/";
        var copy = "copy_" + Math.abs(user.hashCode());

        assertThat(run(environment, "backup", address + "shop", "--store", store()))
                .as("%s", said)
                .isZero();
        assertThat(run(environment, "verify", "--store", store())).as("%s", said).isZero();
        assertThat(
                        run(
                                environment,
                                "restore",
                                "--to",
                                address + copy,
                                "--create",
                                "--store",
                                store()))
                .as("%s", said)
                .isZero();

        assertThat(server.sql(copy, "select count(*) from t")).isEqualTo("1000");
        assertThat(said).noneMatch(text -> text.contains(TRACE));
        assertThat(seen).as("arguments of processes").anyMatch(line -> line.contains("pg_dump"));
        assertThat(seen).noneMatch(line -> line.contains(TRACE));
        requireSilentStore();
    }

    private String store() {
        return folder.resolve("store").toUri().toString();
    }

    private int run(Map<String, String> environment, String... arguments) {
        try (var program = Program.command(folder, environment, arguments)) {
            while (program.isAlive()) {
                sample(program);
                Program.sleep();
            }
            var ended = program.ended();
            said.add(ended.all());
            return ended.status();
        }
    }

    /// What `ps` shows of everything the command started. Its own arguments are what the user typed, and a
    /// child has them, too, until it becomes another program.
    private void sample(Program program) {
        var typed = arguments(program.pid());
        ProcessHandle.of(program.pid()).stream()
                .flatMap(ProcessHandle::descendants)
                .map(child -> arguments(child.pid()))
                .flatMap(Optional::stream)
                .filter(line -> !typed.equals(Optional.of(line)))
                .forEach(seen::add);
    }

    private static Optional<String> arguments(long pid) {
        try {
            var line = Path.of("/proc", "" + pid, "cmdline");
            return Optional.of(
                    Files.readString(line, StandardCharsets.ISO_8859_1).replace('\0', ' '));
        } catch (IOException gone) {
            // It ended while we looked.
            return Optional.empty();
        }
    }

    private void requireSilentStore() throws IOException, InterruptedException {
        if (!Files.exists(folder.resolve("store"))) return;
        try (var files = Files.walk(folder.resolve("store"))) {
            for (var file : files.filter(Files::isRegularFile).toList())
                assertThat(text(file)).as("%s", file).doesNotContain(TRACE);
        }
    }

    private static String text(Path file) throws IOException, InterruptedException {
        if (!file.toString().endsWith(".zst"))
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        var plain = Files.createTempFile("plain", "");
        try {
            var unpack =
                    new ProcessBuilder("zstd", "-dcq", file.toString())
                            .redirectOutput(plain.toFile())
                            .start();
            assertThat(unpack.waitFor()).isZero();
            return Files.readString(plain, StandardCharsets.ISO_8859_1);
        } finally {
            Files.delete(plain);
        }
    }
}
