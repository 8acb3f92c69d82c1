package io.pgvigil.task.physical;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.BackupManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Held against the list that a real server wrote.
final class WrittenFilesTest {
    @TempDir static Path shared;
    private static Path copy;

    @BeforeAll
    static void copy() throws IOException, InterruptedException {
        copy = shared.resolve("copy");
        try (var server = TestServer.start()) {
            var program =
                    new ProcessBuilder(
                            server.bin().resolve("pg_basebackup").toString(),
                            "--pgdata=" + copy,
                            "--checkpoint=fast",
                            "--host=127.0.0.1",
                            "--port=" + server.port(),
                            "--username=" + TestServer.USER);
            program.environment().put("PGPASSWORD", TestServer.PASSWORD);
            assertThat(program.inheritIO().start().waitFor()).isZero();
        }
    }

    private static WrittenFiles written(Predicate<String> wanted) throws IOException {
        var files = new WrittenFiles();
        try (var tree = Files.walk(copy)) {
            for (var file : tree.filter(Files::isRegularFile).toList()) {
                var path = copy.relativize(file).toString();
                if (wanted.test(path)) add(files, path, Files.readAllBytes(file));
            }
        }
        return files;
    }

    private static void add(WrittenFiles files, String path, byte[] content) {
        var crc = new CRC32C();
        crc.update(content);
        files.add(path, content.length, (int) crc.getValue());
    }

    private static BackupManifest manifest() {
        return new BackupManifest(copy.resolve("backup_manifest"));
    }

    @Test
    void a_copy_as_the_server_made_it_is_right() throws IOException {
        assertThat(written(_ -> true).complaint(manifest())).isEmpty();
    }

    @Test
    void a_file_that_is_missing_is_named() throws IOException {
        assertThat(written(path -> !path.equals("global/pg_control")).complaint(manifest()))
                .contains("global/pg_control is missing");
    }

    @Test
    void a_bit_that_changed_is_found() throws IOException {
        var files = written(_ -> true);
        var content = Files.readAllBytes(copy.resolve("global/pg_control"));
        content[content.length / 2] ^= 1;
        add(files, "global/pg_control", content);

        assertThat(files.complaint(manifest()))
                .hasValueSatisfying(why ->
                        assertThat(why)
                                .startsWith("global/pg_control has CRC-32C ")
                                .contains("and the server copied"));
    }

    @Test
    void a_file_that_is_too_short_is_found() throws IOException {
        var files = written(_ -> true);
        add(files, "PG_VERSION", new byte[0]);

        assertThat(files.complaint(manifest()))
                .contains("PG_VERSION has 0 bytes, and the server copied 3");
    }

    @Test
    void a_file_that_the_server_did_not_copy_is_found() throws IOException {
        var files = written(_ -> true);
        add(files, "base/1/4711", new byte[8192]);
        // Of the WAL, and of what others write there, the server's list says nothing.
        add(files, "pg_wal/000000010000000000000009", new byte[1]);
        add(files, "recovery.signal", new byte[0]);

        assertThat(files.complaint(manifest()))
                .contains("base/1/4711 is not listed in backup_manifest");
    }
}
