package io.pgvigil.core.backup;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.store.ObjectKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The document that makes stored objects a backup. Written last, once, never changed.
///
/// @param format version of this document
/// @param command what was run, without secrets
/// @param warnings every warning of pg_dump, as it was printed
/// @param notices what an operator should know and nobody has to act on at once: a tool older than the
///     server, an empty database, a changed system identifier
/// @param restoreWith a shell line that restores the backup with stock tools only
/// @param physical what only a physical backup has to say
public record Manifest(
        int format,
        BackupId backup,
        BackupKind kind,
        ServerName server,
        DatabaseName database,
        RunId run,
        Optional<SystemIdentifier> systemIdentifier,
        String serverVersion,
        Tool tool,
        String pgvigilVersion,
        String command,
        Selection selection,
        Snapshot snapshot,
        Instant started,
        Instant finished,
        Shape shape,
        Totals totals,
        Compression compression,
        List<ManifestObject> objects,
        List<String> warnings,
        List<String> notices,
        String restoreWith,
        Optional<Physical> physical) {
    public static final int FORMAT = 1;

    public Manifest {
        objects = List.copyOf(objects);
        warnings = List.copyOf(warnings);
        notices = List.copyOf(notices);
        if (physical.isPresent() != (kind == BackupKind.PHYSICAL))
            throw new IllegalArgumentException(
                    backup
                            + " is "
                            + kind
                            + (physical.isPresent() ? " with" : " without")
                            + " a base");
    }

    /// Of a logical backup.
    public Manifest(
            int format,
            BackupId backup,
            BackupKind kind,
            ServerName server,
            DatabaseName database,
            RunId run,
            Optional<SystemIdentifier> systemIdentifier,
            String serverVersion,
            Tool tool,
            String pgvigilVersion,
            String command,
            Selection selection,
            Snapshot snapshot,
            Instant started,
            Instant finished,
            Shape shape,
            Totals totals,
            Compression compression,
            List<ManifestObject> objects,
            List<String> warnings,
            List<String> notices,
            String restoreWith) {
        this(
                format,
                backup,
                kind,
                server,
                database,
                run,
                systemIdentifier,
                serverVersion,
                tool,
                pgvigilVersion,
                command,
                selection,
                snapshot,
                started,
                finished,
                shape,
                totals,
                compression,
                objects,
                warnings,
                notices,
                restoreWith,
                Optional.empty());
    }

    /// The program that made the archive.
    public record Tool(String name, String version, boolean olderThanServer) {}

    /// The moment the backup shows, as positions around it.
    public record Snapshot(
            Instant taken, Optional<Lsn> before, Optional<Lsn> after, int timeline) {}

    /// What a sandbox must look like for the backup to restore the same.
    ///
    /// @param major PostgreSQL's major version
    /// @param provider `libc`, `icu` or `builtin`
    /// @param superuser the role that initdb made on the source: it owns what comes with every
    ///     cluster, so the sandbox's must have the same name
    public record Shape(
            int major,
            String encoding,
            String collate,
            String ctype,
            String provider,
            Optional<String> locale,
            String superuser) {}

    /// @param archiveBytes length of the uncompressed archive
    public record Totals(
            long databaseBytes,
            long archiveBytes,
            long storedBytes,
            int entries,
            int tables,
            long rows,
            int largeObjects) {}

    public record Compression(String method, int level) {}

    /// One stored object.
    ///
    /// @param role `data`, `globals`, `facts` or `log`; of a physical backup `base`, `tablespace-<oid>`,
    ///     `backup_manifest`, `facts` or `log`
    public record ManifestObject(
            String role, ObjectKey key, long size, String crc32c, Optional<String> versionId) {}

    public ManifestObject object(String role) {
        return objects.stream()
                .filter(object -> object.role().equals(role))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(backup + " has no " + role));
    }

    /// With one more notice, the first.
    public Manifest noticing(String notice) {
        var more = new ArrayList<String>();
        more.add(notice);
        more.addAll(notices);
        return new Manifest(
                format,
                backup,
                kind,
                server,
                database,
                run,
                systemIdentifier,
                serverVersion,
                tool,
                pgvigilVersion,
                command,
                selection,
                snapshot,
                started,
                finished,
                shape,
                totals,
                compression,
                objects,
                warnings,
                more,
                restoreWith,
                physical);
    }

    /// Whether somebody should look at its notices or warnings; which kind was chosen is no reason to.
    public boolean noteworthy() {
        return !warnings.isEmpty()
                || notices.stream().anyMatch(notice -> !notice.startsWith(AutoKind.NOTICE));
    }

    public Duration duration() {
        return Duration.between(started, finished);
    }
}
