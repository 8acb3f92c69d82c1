package io.pgvigil.task.physical;

import io.pgvigil.wire.BackupManifest;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What was written of each file of a data folder, to be held against the server's backup_manifest.
final class WrittenFiles {
    /// What pg_verifybackup leaves alone, too: the manifest does not list it, or others change it.
    /// <https://www.postgresql.org/docs/current/app-pgverifybackup.html>
    private static final Set<String> NOT_LISTED =
            Set.of("backup_manifest", "postgresql.auto.conf", "recovery.signal", "standby.signal");

    private final Map<String, Written> files = new ConcurrentHashMap<>();

    private record Written(long bytes, int crc32c) {}

    /// @param path as backup_manifest has it
    void add(String path, long bytes, int crc32c) {
        files.put(path, new Written(bytes, crc32c));
    }

    /// The first thing that is not as the server says; after this nothing is known of any file.
    Optional<String> complaint(BackupManifest manifest) {
        var found = new Complaint();
        manifest.forEach(listed -> found.look(listed, files.remove(listed.path())));
        var unlisted =
                files.keySet().stream()
                        .filter(path -> !path.startsWith("pg_wal/") && !NOT_LISTED.contains(path))
                        .min(String::compareTo)
                        .map(path -> path + " is not listed in backup_manifest");
        files.clear();
        return found.first.or(() -> unlisted);
    }

    private static final class Complaint {
        private Optional<String> first = Optional.empty();

        void look(BackupManifest.Listed listed, @Nullable Written written) {
            if (first.isPresent()) return;
            if (written == null) first = Optional.of(listed.path() + " is missing");
            else if (written.bytes() != listed.bytes())
                first =
                        Optional.of(
                                "%s has %,d bytes, and the server copied %,d"
                                        .formatted(listed.path(), written.bytes(), listed.bytes()));
            else if (listed.crc32c().isPresent() && listed.crc32c().get() != written.crc32c())
                first =
                        Optional.of(
                                "%s has CRC-32C %08x, and the server copied %08x"
                                        .formatted(
                                                listed.path(),
                                                written.crc32c(),
                                                listed.crc32c().get()));
        }
    }
}
