package io.pgvigil.retention;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.testkit.SampleBackup;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Leases;
import io.pgvigil.wire.Manifests;
import io.pgvigil.wire.config.ConfigurationReader;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The server `shop` with its nights: backups and drills as real runs leave them, and retention as it
/// looks at a given time.
final class Shop {
    static final ServerName SERVER = new ServerName("shop");
    static final DatabaseName ORDERS = new DatabaseName("orders");
    static final Leases.Host HOST =
            new Leases.Host() {
                @Override
                public String name() {
                    return "here";
                }

                @Override
                public long pid() {
                    return 1;
                }

                @Override
                public boolean gone(long pid) {
                    return false;
                }
            };

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    final ObjectStore store;
    private final String keep;
    private int runs;

    Shop(ObjectStore store, String keep) {
        this.store = store;
        this.keep = keep;
    }

    Configuration configuration() {
        return ConfigurationReader.read(
                """
                store: s3://in-memory
                servers:
                  shop:
                    connect: { host: shop.internal, user: backup, secret: iam }
                    databases: all
                    profile: tested
                profiles:
                  tested: { logical: "daily 02:30 UTC", %s }
                """
                        .formatted(keep),
                "test");
    }

    Retention at(Instant now) {
        return at(now, store);
    }

    Retention at(String now) {
        return at(Instant.parse(now));
    }

    Retention at(Instant now, ObjectStore through) {
        return new Retention(through, () -> Optional.of(configuration()), HOST, () -> now);
    }

    /// @param further the stores that it copies to
    Places places(Instant now, Map<StoreUri, ObjectStore> further) {
        return new Places(
                store,
                () -> Optional.of(configuration()),
                place ->
                        Optional.ofNullable(further.get(place))
                                .orElseThrow(() ->
                                        new Problem(
                                                ErrorCode.STORE_DENIED,
                                                "may not list " + place,
                                                "Allow it.")),
                HOST,
                () -> now);
    }

    List<Manifest> nights(DatabaseName database, String first, int count) {
        var made = new ArrayList<Manifest>();
        for (var night = 0; night < count; night++)
            made.add(night(database, Instant.parse(first).plus(Duration.ofDays(night))));
        return made;
    }

    Manifest night(DatabaseName database, Instant finished) {
        return night(database, finished, 100_000);
    }

    Manifest night(DatabaseName database, Instant finished, long rows) {
        var manifest = unsealed(database, finished, rows);
        store.create(key(manifest), Manifests.bytes(manifest));
        return manifest;
    }

    /// Nights as [Huge] shows them.
    List<Manifest> hugeNights(DatabaseName database, String first, int count) {
        var made = new ArrayList<Manifest>();
        for (var night = 0; night < count; night++) {
            var is = unsealed(database, Instant.parse(first).plus(Duration.ofDays(night)), 100_000);
            var manifest =
                    new Manifest(
                            is.format(),
                            is.backup(),
                            is.kind(),
                            is.server(),
                            is.database(),
                            is.run(),
                            is.systemIdentifier(),
                            is.serverVersion(),
                            is.tool(),
                            is.pgvigilVersion(),
                            is.command(),
                            is.selection(),
                            is.snapshot(),
                            is.started(),
                            is.finished(),
                            is.shape(),
                            is.totals(),
                            is.compression(),
                            is.objects().stream().map(Huge::object).toList(),
                            is.warnings(),
                            is.notices(),
                            is.restoreWith());
            store.create(key(manifest), Manifests.bytes(manifest));
            made.add(manifest);
        }
        return made;
    }

    /// What a task leaves before it is sealed.
    Manifest unsealed(DatabaseName database, Instant finished, long rows) {
        var run = run("backup", finished.minusSeconds(120));
        var backup = RunIds.backup(run, BackupKind.LOGICAL, database);
        return SampleBackup.storeObjects(
                store,
                SERVER,
                database,
                backup,
                run,
                finished.minusSeconds(60),
                finished,
                new Manifest.Totals(rows * 100, rows * 80, rows * 20, 60, 40, rows, 0));
    }

    void drilled(Manifest backup, DrillVerdict verdict, Instant finished) {
        var run = run("verify", finished);
        var drill =
                SampleBackup.drill(
                        SERVER, backup.database(), backup.backup(), run, verdict, finished);
        store.create(Layout.drill(SERVER, backup.database(), run), Json.bytes(drill));
    }

    RunId run(String verb, Instant due) {
        return new RunId(TIME.format(due) + "-" + verb + "-" + "%010x".formatted(++runs));
    }

    static ObjectKey key(Manifest manifest) {
        return Layout.of(
                manifest.server(), manifest.database(), manifest.backup(), Layout.MANIFEST);
    }

    /// The backups that are there, whole: every object of each manifest.
    List<BackupId> whole(DatabaseName database) {
        var found = new ArrayList<BackupId>();
        List<ObjectKey> manifests;
        try (var objects = store.list(Layout.folder(SERVER, database))) {
            manifests =
                    objects.map(object -> object.key())
                            .filter(key -> key.name().equals(Layout.MANIFEST))
                            .toList();
        }
        for (var key : manifests) {
            var manifest = Manifests.read(store.document(key).orElseThrow());
            for (var object : manifest.objects())
                if (store.stat(object.key()).isEmpty())
                    throw new AssertionError(object.key() + " is missing");
            found.add(manifest.backup());
        }
        return found;
    }

    List<String> keys(String prefix) {
        try (var objects = store.list(prefix)) {
            return objects.map(object -> object.key() + "").toList();
        }
    }
}
