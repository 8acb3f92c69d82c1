package io.pgvigil.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.pgvigil.core.Sha256;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Consumer;

/// A server's list of the files in a base backup, read from its file without ever being whole in memory.
///
/// The format: <https://www.postgresql.org/docs/current/backup-manifest-format.html>.
public final class BackupManifest {
    private static final String CHECKSUM = "\"Manifest-Checksum\"";

    /// The last line has less than a hundred bytes.
    private static final int TAIL = 4096;

    private static final JsonFactory JSON = new JsonFactory();

    private final Path file;

    public BackupManifest(Path file) {
        this.file = file;
    }

    /// A file of the backup.
    ///
    /// @param path within the data folder
    /// @param crc32c empty where the server took another checksum or none
    public record Listed(String path, long bytes, Optional<Integer> crc32c) {}

    /// Hands over each file, after the list as a whole was held against its own checksum.
    public void forEach(Consumer<Listed> listed) {
        try {
            requireWhole();
            try (var in = Files.newInputStream(file);
                    var json = JSON.createParser(in)) {
                while (json.nextToken() != null)
                    if (json.currentToken() == JsonToken.FIELD_NAME
                            && json.currentName().equals("Files")) files(json, listed);
            }
        } catch (IOException e) {
            throw damaged("it cannot be read: " + e.getMessage());
        }
    }

    private void files(JsonParser json, Consumer<Listed> listed) throws IOException {
        json.nextToken();
        while (json.nextToken() == JsonToken.START_OBJECT) listed.accept(one(json));
    }

    private Listed one(JsonParser json) throws IOException {
        var path = "";
        var bytes = -1L;
        var algorithm = "";
        var checksum = "";
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            var name = json.currentName();
            json.nextToken();
            switch (name) {
                case "Path" -> path = json.getText();
                case "Encoded-Path" ->
                        // A name that is no UTF-8; our archives have it as well as that can be
                        // said.
                        path =
                                new String(
                                        HexFormat.of().parseHex(json.getText()),
                                        StandardCharsets.UTF_8);
                case "Size" -> bytes = json.getLongValue();
                case "Checksum-Algorithm" -> algorithm = json.getText();
                case "Checksum" -> checksum = json.getText();
                default -> {}
            }
        }
        if (path.isEmpty() || bytes < 0) throw damaged("it lists a file without a name or a size");
        return new Listed(
                path,
                bytes,
                algorithm.equals("CRC32C") ? Optional.of(number(checksum)) : Optional.empty());
    }

    /// The server writes the four bytes as they lie in its memory, the least first.
    private int number(String checksum) {
        try {
            return Integer.reverseBytes(Integer.parseUnsignedInt(checksum, 16));
        } catch (NumberFormatException e) {
            throw damaged("it has '" + checksum + "' where a CRC-32C belongs");
        }
    }

    /// The last line is the SHA-256 of all lines before it.
    private void requireWhole() throws IOException {
        var tail = tail();
        var last = tail.lastIndexOf(CHECKSUM);
        var quoted = last < 0 ? new String[0] : tail.substring(last).split("\"");
        if (quoted.length < 4) throw damaged("it does not end with its own checksum");
        var before = Files.size(file) - (tail.length() - last);
        if (!sha256(before).equals(quoted[3])) throw damaged("its own checksum is another");
    }

    private String tail() throws IOException {
        try (var end = new RandomAccessFile(file.toFile(), "r")) {
            var bytes = new byte[(int) Math.min(TAIL, end.length())];
            end.seek(end.length() - bytes.length);
            end.readFully(bytes);
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }
    }

    private String sha256(long length) throws IOException {
        try (var in = Files.newInputStream(file)) {
            var digest = Sha256.digest();
            var buffer = new byte[1 << 16];
            for (var left = length; left > 0; ) left -= digested(digest, in, buffer, left);
            return Sha256.hex(digest);
        }
    }

    private int digested(MessageDigest digest, InputStream in, byte[] buffer, long left)
            throws IOException {
        var count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (count < 0) throw damaged("it became shorter while it was read");
        digest.update(buffer, 0, count);
        return count;
    }

    private static Problem damaged(String why) {
        return new Problem(
                ErrorCode.OBJECT_DAMAGED,
                "backup_manifest is damaged: " + why,
                "Restore from another backup.");
    }
}
