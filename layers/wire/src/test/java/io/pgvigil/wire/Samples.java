package io.pgvigil.wire;

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
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.wal.Harvest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Documents as a real run would leave them.
final class Samples {
    static final Instant NIGHT = Instant.parse("2026-11-22T02:30:00Z");
    static final ServerName ORDERS = new ServerName("orders-prod");
    static final RunId RUN = new RunId("20261122T023000Z-backup-0a1b2c3d4e");

    private Samples() {}

    static Manifest manifest(String database, Instant finished, String tail) {
        return manifest(ORDERS, database, finished, BackupId.of(NIGHT, BackupKind.LOGICAL, tail));
    }

    static Manifest manifest(
            ServerName server, String database, Instant finished, BackupId backup) {
        var name = new DatabaseName(database);
        return new Manifest(
                Manifest.FORMAT,
                backup,
                BackupKind.LOGICAL,
                server,
                name,
                RUN,
                Optional.of(new SystemIdentifier("7301234567890123456")),
                "15.20",
                new Manifest.Tool("pg_dump", "15.19", true),
                "0.1.0",
                "pg_dump --format=custom --compress=0",
                new Selection(List.of(), List.of(), List.of(), List.of(), List.of("audit.raw_*")),
                new Manifest.Snapshot(
                        finished.minusSeconds(60),
                        Optional.of(Lsn.parse("16/B374D848")),
                        Optional.empty(),
                        1),
                finished.minusSeconds(61),
                finished,
                new Manifest.Shape(
                        15, "UTF8", "en_GB.utf8", "C", "libc", Optional.empty(), "postgres"),
                new Manifest.Totals(9_000_000_000L, 5_000_000_000L, 1_000_000, 41, 7, 123, 2),
                new Manifest.Compression("zstd", 3),
                List.of(
                        new Manifest.ManifestObject(
                                "data",
                                Layout.of(server, name, backup, Layout.DATA),
                                1_000_000,
                                "0badcafe",
                                Optional.of("v1"))),
                List.of("warning: there are circular foreign-key constraints"),
                List.of("tool older than server"),
                "aws s3 cp 's3://b/it''s' - | zstd -d | pg_restore");
    }

    static Manifest physical(Instant finished) {
        var like = manifest("app", finished, "12345678");
        var backup = BackupId.of(NIGHT, BackupKind.PHYSICAL, "12345678");
        var key = Layout.of(ORDERS, DatabaseName.CLUSTER, backup, Layout.BASE);
        return new Manifest(
                Manifest.FORMAT,
                backup,
                BackupKind.PHYSICAL,
                ORDERS,
                DatabaseName.CLUSTER,
                RUN,
                like.systemIdentifier(),
                "15.18",
                new Manifest.Tool("pg_basebackup", "15.18", false),
                "0.1.0",
                "pg_basebackup --pgdata=- --format=tar --wal-method=fetch",
                Selection.EVERYTHING,
                new Manifest.Snapshot(
                        finished.minusSeconds(1),
                        Optional.of(Lsn.parse("16/2000028")),
                        Optional.of(Lsn.parse("16/3000100")),
                        1),
                finished.minusSeconds(61),
                finished,
                like.shape(),
                new Manifest.Totals(9_000_000_000L, 9_100_000_000L, 1_000_000, 0, 0, 0, 0),
                new Manifest.Compression("zstd", 3),
                List.of(
                        new Manifest.ManifestObject(
                                "base", key, 1_000_000, "0badcafe", Optional.empty())),
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
                                finished.minusSeconds(1),
                                Optional.of(4711L),
                                Optional.of(
                                        new Physical.Seen(
                                                Lsn.parse("16/4000060"), finished.minusSeconds(1))),
                                List.of(
                                        new Physical.Tablespace(
                                                16_400L, "fast", "/mnt/fast", "tablespace-16400")),
                                1291)));
    }

    static Harvest harvest(Instant at) {
        return new Harvest(
                Harvest.FORMAT,
                new RunId("20261122T120000Z-wal-0a1b2c3d4e"),
                ORDERS,
                new SystemIdentifier("7301234567890123456"),
                2,
                16 << 20,
                Lsn.parse("16/4000060"),
                at,
                at,
                at.plusSeconds(3),
                7,
                1,
                134_217_728L,
                4711L,
                2,
                List.of("slot pgvigil_orders_prod was lost"));
    }

    static Order.Backup order() {
        return new Order.Backup(
                ORDERS,
                new ConnectionRef(
                        "db.example",
                        5432,
                        "backup",
                        "verify-full",
                        Optional.empty(),
                        Optional.of("env:PGVIGIL_SOURCE_PASSWORD")),
                List.of(new DatabaseName("app"), new DatabaseName("Größe 5/6")),
                List.of("test_*"),
                Selection.EVERYTHING,
                3,
                Duration.ofSeconds(10),
                Duration.ofHours(6));
    }

    static void store(ObjectStore store, Manifest manifest) {
        store.put(
                Layout.of(
                        manifest.server(), manifest.database(), manifest.backup(), Layout.MANIFEST),
                Manifests.bytes(manifest));
    }

    static Document document(Manifest manifest, byte[] content) {
        return new Document(
                Layout.of(
                        manifest.server(), manifest.database(), manifest.backup(), Layout.MANIFEST),
                content,
                "token");
    }
}
