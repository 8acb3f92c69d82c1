package io.pgvigil.core.watch;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What is remembered of one database, or of a whole server as `_cluster`.
///
/// @param backups oldest first, those that are gone among them for the sake of their sizes
/// @param drills oldest first
/// @param compared when it was last made sure that nothing else is there, and nothing is missing
/// @param unreadable manifests that are there and cannot be believed
public record DatabaseHistory(
        ServerName server,
        DatabaseName database,
        List<BackupNote> backups,
        List<DrillNote> drills,
        Instant compared,
        List<String> unreadable) {
    public DatabaseHistory {
        backups = backups.stream().sorted(BackupNote.BY_TIME).toList();
        drills = drills.stream().sorted(DrillNote.BY_TIME).toList();
        unreadable = List.copyOf(unreadable);
    }

    public static DatabaseHistory empty(ServerName server, DatabaseName database) {
        return new DatabaseHistory(
                server, database, List.of(), List.of(), Instant.EPOCH, List.of());
    }

    /// The newest backup that is there.
    public Optional<BackupNote> newest() {
        return backups.reversed().stream().filter(BackupNote::there).findFirst();
    }

    public Optional<BackupNote> newest(BackupKind kind) {
        return backups.reversed().stream()
                .filter(note -> note.there() && note.kind() == kind)
                .findFirst();
    }

    public Optional<DrillNote> newestDrill() {
        return drills.isEmpty() ? Optional.empty() : Optional.of(drills.getLast());
    }

    /// The newest drill that proved something.
    public Optional<DrillNote> newestProof() {
        return drills.reversed().stream().filter(DrillNote::proven).findFirst();
    }

    /// The newest backup that is there and was proven, by completion of the backup.
    public Optional<BackupNote> newestProven() {
        return backups.reversed().stream()
                .filter(BackupNote::there)
                .filter(note -> drillOf(note).filter(DrillNote::proven).isPresent())
                .findFirst();
    }

    /// The newest drill of a backup: what it says counts.
    public Optional<DrillNote> drillOf(BackupNote note) {
        return drills.reversed().stream()
                .filter(drill -> drill.backup().equals(note.backup()))
                .findFirst();
    }
}
