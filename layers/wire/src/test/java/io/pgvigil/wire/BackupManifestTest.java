package io.pgvigil.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.Sha256;
import io.pgvigil.core.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BackupManifestTest {
    private static final String LINES =
            """
            { "PostgreSQL-Backup-Manifest-Version": 2,
            "System-Identifier": 7300000000000000000,
            "Files": [
            { "Path": "backup_label", "Size": 225, "Last-Modified": "2026-11-26 12:00:00 GMT", "Checksum-Algorithm": "CRC32C", "Checksum": "78563412" },
            { "Encoded-Path": "626173652fff", "Size": 0, "Last-Modified": "2026-11-26 12:00:00 GMT", "Checksum-Algorithm": "CRC32C", "Checksum": "00000000" },
            { "Path": "base/5/112", "Size": 9000000000, "Last-Modified": "2026-11-26 12:00:00 GMT" },
            { "Path": "base/5/113", "Size": 1, "Last-Modified": "2026-11-26 12:00:00 GMT", "Checksum-Algorithm": "SHA256", "Checksum": "00" }
            ],
            "WAL-Ranges": [
            { "Timeline": 1, "Start-LSN": "0/2000028", "End-LSN": "0/2000100" }
            ],
            """;

    @TempDir Path folder;

    @Test
    void every_file_is_handed_over_with_its_size_and_checksum() throws IOException {
        var listed = listed(LINES, Sha256.hex(LINES));

        assertThat(listed)
                .containsExactly(
                        new BackupManifest.Listed("backup_label", 225, Optional.of(0x12345678)),
                        new BackupManifest.Listed("base/\uFFFD", 0, Optional.of(0)),
                        new BackupManifest.Listed("base/5/112", 9_000_000_000L, Optional.empty()),
                        new BackupManifest.Listed("base/5/113", 1, Optional.empty()));
    }

    @Test
    void a_list_that_is_not_what_the_server_wrote_is_refused() {
        refused(LINES, "00".repeat(32), "its own checksum is another");
        refused(LINES.replace("225", "226"), Sha256.hex(LINES), "its own checksum is another");
        var nameless = LINES.replace("\"Path\": \"backup_label\", ", "");
        refused(nameless, Sha256.hex(nameless), "without a name");
        var odd = LINES.replace("78563412", "7856341x");
        refused(odd, Sha256.hex(odd), "'7856341x' where a CRC-32C belongs");
        var broken = LINES.replace("\"Files\": [", "\"Files\": [,");
        refused(broken, Sha256.hex(broken), "it cannot be read");
    }

    @Test
    void a_list_that_was_cut_is_refused() throws IOException {
        var file = Files.writeString(folder.resolve("cut"), LINES);

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> new BackupManifest(file).forEach(_ -> {}))
                .withMessageContaining("does not end with its own checksum");
    }

    private void refused(String lines, String checksum, String why) {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> listed(lines, checksum))
                .withMessageContaining(why);
    }

    private List<BackupManifest.Listed> listed(String lines, String checksum) throws IOException {
        var file = folder.resolve("backup_manifest");
        Files.writeString(file, lines + "\"Manifest-Checksum\": \"" + checksum + "\"}\n");
        var listed = new ArrayList<BackupManifest.Listed>();
        new BackupManifest(file).forEach(listed::add);
        return listed;
    }
}
