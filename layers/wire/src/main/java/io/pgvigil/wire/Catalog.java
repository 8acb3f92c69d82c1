package io.pgvigil.wire;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectReader;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Gatherers;

/// The backups of a store, read from their manifests: what has none is not a backup.
public final class Catalog {
    private static final int READS_IN_FLIGHT = 16;

    /// By completion, because names and timelines can lie about order.
    public static final Comparator<Manifest> BY_TIME =
            Comparator.comparing(Manifest::finished).thenComparing(Manifest::backup);

    private final ObjectReader store;

    public Catalog(ObjectReader store) {
        this.store = store;
    }

    /// Which backups are meant; empty means any.
    public record Filter(Optional<ServerName> server, Optional<DatabaseName> database) {
        public static final Filter ANY = new Filter(Optional.empty(), Optional.empty());

        private String prefix() {
            return server.map(name ->
                            database.map(base -> Layout.folder(name, base)).orElse(name + "/"))
                    .orElse("");
        }

        private boolean matches(Manifest manifest) {
            return server.map(manifest.server()::equals).orElse(true)
                    && database.map(manifest.database()::equals).orElse(true);
        }
    }

    /// Every sealed backup, oldest first.
    public List<Manifest> backups(Filter filter) {
        try (var objects = store.list(filter.prefix())) {
            return objects.filter(object -> object.key().name().equals(Layout.MANIFEST))
                    .map(object -> object.key())
                    .gather(Gatherers.mapConcurrent(READS_IN_FLIGHT, this::manifest))
                    // Retention may remove one between the listing and the reading.
                    .flatMap(Optional::stream)
                    .filter(filter::matches)
                    .sorted(BY_TIME)
                    .toList();
        }
    }

    private Optional<Manifest> manifest(ObjectKey key) {
        return store.document(key)
                .map(document -> {
                    var manifest = Json.read(document.content(), Manifest.class, key.value());
                    if (manifest.format() > Manifest.FORMAT)
                        throw new Problem(
                                ErrorCode.DOCUMENT_TOO_NEW,
                                key + " has format " + manifest.format(),
                                "It was written by a newer pgvigil; this one reads up to"
                                        + " format "
                                        + Manifest.FORMAT
                                        + ".");
                    return manifest;
                });
    }

    /// The one backup that a user means by an id, `latest`, or `latest-proven`.
    public Manifest resolve(String name, Filter filter) {
        var backups = backups(filter);
        return switch (name) {
            case "latest" -> newest(backups, "latest");
            case "latest-proven" ->
                    newest(backups.stream().filter(this::proven).toList(), "latest-proven");
            default ->
                    backups.stream()
                            .filter(manifest -> manifest.backup().value().equals(name))
                            .findFirst()
                            .orElseThrow(() -> notFound(name, backups));
        };
    }

    private Manifest newest(List<Manifest> backups, String word) {
        var databases =
                backups.stream()
                        .map(manifest -> manifest.server() + "/" + manifest.database())
                        .collect(Collectors.toCollection(java.util.TreeSet::new));
        if (databases.size() > 1)
            throw new Problem(
                    ErrorCode.LATEST_IS_AMBIGUOUS,
                    "'" + word + "' could mean a backup of " + String.join(", or of ", databases),
                    "Name the one you mean with --server and --database, or give the backup's id.");
        return backups.stream().max(BY_TIME).orElseThrow(() -> notFound(word, backups));
    }

    private Problem notFound(String name, List<Manifest> backups) {
        return new Problem(
                ErrorCode.BACKUP_NOT_FOUND,
                "there is no backup '" + name + "' in " + store.uri(),
                backups.isEmpty()
                        ? "No sealed backup is there at all; pgvigil list shows what a store has."
                        : "pgvigil list shows the "
                                + backups.size()
                                + " that are there; the newest is "
                                + backups.getLast().backup()
                                + ".");
    }

    private boolean proven(Manifest manifest) {
        return proof(manifest.server(), manifest.database(), manifest.backup()).isPresent();
    }

    /// The newest drill that proved a backup, if any.
    public Optional<Drill> proof(ServerName server, DatabaseName database, BackupId backup) {
        return drills(server, database).stream()
                .filter(drill -> drill.backup().equals(backup))
                .filter(drill -> drill.verdict() != DrillVerdict.NOT_PROVEN)
                .max(Comparator.comparing(Drill::finished));
    }

    /// Every drill of a database, oldest first.
    public List<Drill> drills(ServerName server, DatabaseName database) {
        try (var objects = store.list(Layout.drills(server, database))) {
            return objects.map(object -> object.key())
                    .gather(
                            Gatherers.mapConcurrent(
                                    READS_IN_FLIGHT,
                                    key ->
                                            store.document(key)
                                                    .map(document ->
                                                            Json.read(
                                                                    document.content(),
                                                                    Drill.class,
                                                                    key.value()))))
                    .flatMap(Optional::stream)
                    .sorted(Comparator.comparing(Drill::finished))
                    .toList();
        }
    }
}
