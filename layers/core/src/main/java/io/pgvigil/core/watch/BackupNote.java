package io.pgvigil.core.watch;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.backup.Manifest;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What is remembered of one sealed backup, so that nobody reads a year of manifests to draw a line.
///
/// @param complete whether the whole database was meant
/// @param gone when it was noticed that the backup is not there any more
public record BackupNote(
        BackupId backup,
        BackupKind kind,
        Instant started,
        Instant finished,
        long archiveBytes,
        long storedBytes,
        long rows,
        int tables,
        boolean complete,
        String serverVersion,
        List<String> notices,
        Optional<Instant> gone) {
    /// By completion, because names and clocks can lie about order.
    public static final Comparator<BackupNote> BY_TIME =
            Comparator.comparing(BackupNote::finished).thenComparing(BackupNote::backup);

    public BackupNote {
        notices = List.copyOf(notices);
    }

    public static BackupNote of(Manifest manifest) {
        var totals = manifest.totals();
        return new BackupNote(
                manifest.backup(),
                manifest.kind(),
                manifest.started(),
                manifest.finished(),
                totals.archiveBytes(),
                totals.storedBytes(),
                totals.rows(),
                totals.tables(),
                manifest.selection().complete(),
                manifest.serverVersion(),
                manifest.notices(),
                Optional.empty());
    }

    public boolean there() {
        return gone.isEmpty();
    }

    public BackupNote goneAt(Instant noticed) {
        return new BackupNote(
                backup,
                kind,
                started,
                finished,
                archiveBytes,
                storedBytes,
                rows,
                tables,
                complete,
                serverVersion,
                notices,
                gone.or(() -> Optional.of(noticed)));
    }

    public Duration took() {
        return Duration.between(started, finished);
    }
}
