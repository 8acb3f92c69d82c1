package io.pgvigil.testkit;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Physical;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.store.ObjectStore;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A small backup of the database `orders` of the server `orders-test`, which the files in `events/`
/// are about.
public final class SampleBackup {
    public static final ServerName SERVER = new ServerName("orders-test");
    public static final DatabaseName DATABASE = new DatabaseName("orders");
    public static final BackupId BACKUP = new BackupId("20261122T023000Z-l-9f3c21d0");
    public static final RunId RUN = new RunId("20261122T023000Z-backup-9f3c21d0a4");

    private static final Instant STARTED = Instant.parse("2026-11-22T02:30:36Z");
    private static final Instant FINISHED = Instant.parse("2026-11-22T02:34:09Z");

    // Ten bytes, as long as the archive that is stored.
    private static final Manifest.Totals TOTALS =
            new Manifest.Totals(8_000_000, 10, 10, 12, 1, 3, 0);

    private SampleBackup() {}

    /// Stores the backup's objects, as a task does, and returns the manifest that would seal them.
    public static Manifest storeObjects(ObjectStore store) {
        return storeObjects(store, SERVER, DATABASE, BACKUP, RUN, STARTED, FINISHED, TOTALS);
    }

    /// The same for another run.
    public static Manifest storeObjects(
            ObjectStore store,
            ServerName server,
            DatabaseName database,
            BackupId backup,
            RunId run) {
        return storeObjects(store, server, database, backup, run, STARTED, FINISHED, TOTALS);
    }

    /// The same for any night of any database.
    public static Manifest storeObjects(
            ObjectStore store,
            ServerName server,
            DatabaseName database,
            BackupId backup,
            RunId run,
            Instant started,
            Instant finished,
            Manifest.Totals totals) {
        var key = Layout.of(server, database, backup, Layout.DATA);
        store.create(key, "an archive".getBytes(StandardCharsets.UTF_8));
        var stored = store.stat(key).orElseThrow();
        var data =
                new Manifest.ManifestObject(
                        "data",
                        key,
                        stored.size(),
                        stored.crc32c().orElse("00000000"),
                        stored.versionId());
        return new Manifest(
                Manifest.FORMAT,
                backup,
                BackupKind.LOGICAL,
                server,
                database,
                run,
                Optional.empty(),
                "17.6",
                new Manifest.Tool("pg_dump", "17.6", false),
                "0.1.0",
                "pg_dump --format=custom --compress=0 --dbname=" + database,
                Selection.EVERYTHING,
                new Manifest.Snapshot(started, Optional.empty(), Optional.empty(), 1),
                started,
                finished,
                new Manifest.Shape(
                        17, "UTF8", "C.UTF-8", "C.UTF-8", "libc", Optional.empty(), "postgres"),
                totals,
                new Manifest.Compression("zstd", 3),
                List.of(data),
                List.of(),
                List.of(),
                "zstd -d < data.pgdump.zst | pg_restore --dbname=" + database);
    }

    /// A physical backup of the same server; nothing of it is stored.
    public static Manifest physical() {
        return physical(new BackupId("20261122T033000Z-p-7c11d0aa"), STARTED, FINISHED);
    }

    public static Manifest physical(BackupId backup, Instant started, Instant finished) {
        return new Manifest(
                Manifest.FORMAT,
                backup,
                BackupKind.PHYSICAL,
                SERVER,
                DatabaseName.CLUSTER,
                RUN,
                Optional.of(new SystemIdentifier("7301234567890123456")),
                "17.6",
                new Manifest.Tool("pg_basebackup", "17.6", false),
                "0.1.0",
                "pg_basebackup --pgdata=- --format=tar --wal-method=fetch",
                Selection.EVERYTHING,
                new Manifest.Snapshot(started, Optional.empty(), Optional.empty(), 1),
                started,
                finished,
                new Manifest.Shape(
                        17, "UTF8", "C.UTF-8", "C.UTF-8", "libc", Optional.empty(), "postgres"),
                new Manifest.Totals(8_000_000, 9_000_000, 10, 0, 0, 0, 0),
                new Manifest.Compression("zstd", 3),
                List.of(
                        new Manifest.ManifestObject(
                                "base",
                                Layout.of(SERVER, DatabaseName.CLUSTER, backup, Layout.BASE),
                                10,
                                "00000000",
                                Optional.empty())),
                List.of(),
                List.of(),
                "mkdir -p -m 700 \"$PGDATA\"",
                Optional.of(
                        new Physical(
                                Lsn.parse("16/2000028"),
                                Lsn.parse("16/3000100"),
                                1,
                                16 << 20,
                                List.of("000000010000001600000002", "000000010000001600000003"),
                                false,
                                true,
                                finished,
                                Optional.of(4711L),
                                Optional.of(new Physical.Seen(Lsn.parse("16/3000100"), finished)),
                                List.of(),
                                1291)));
    }

    /// The record of a drill of this backup.
    public static Drill drill(DrillVerdict verdict) {
        return drill(
                SERVER,
                DATABASE,
                BACKUP,
                new RunId("20261122T030000Z-verify-0a1b2c3d4e"),
                verdict,
                FINISHED.plusSeconds(60));
    }

    public static Drill drill(
            ServerName server,
            DatabaseName database,
            BackupId backup,
            RunId run,
            DrillVerdict verdict,
            Instant finished) {
        return drill(server, database, backup, run, verdict, finished, 1.5);
    }

    /// @param recovery in seconds
    public static Drill drill(
            ServerName server,
            DatabaseName database,
            BackupId backup,
            RunId run,
            DrillVerdict verdict,
            Instant finished,
            double recovery) {
        return new Drill(
                Drill.FORMAT,
                run,
                backup,
                server,
                database,
                verdict,
                finished.minusSeconds(60),
                finished,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                Map.of("tables", 1L),
                Map.of("recovery", recovery),
                "sandbox");
    }
}
