package io.pgvigil.wire;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
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
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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

    /// The store it reads.
    public ObjectReader store() {
        return store;
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

    /// What a store has.
    ///
    /// @param backups every sealed backup, oldest first
    /// @param unreadable manifests that are there and cannot be believed
    public record Listing(List<Manifest> backups, List<Unreadable> unreadable) {}

    public record Unreadable(ObjectKey key, String why) {}

    private sealed interface Found {
        record Good(Manifest manifest) implements Found {}

        record Bad(Unreadable manifest) implements Found {}
    }

    /// Reads every manifest under the filter. One that is damaged does not hide the others.
    public Listing listing(Filter filter) {
        List<Found> found;
        try (var objects = store.list(filter.prefix())) {
            found =
                    objects.filter(object -> object.key().name().equals(Layout.MANIFEST))
                            .map(object -> object.key())
                            .gather(Concurrently.map(READS_IN_FLIGHT, this::manifest))
                            // Retention may remove one between the listing and the reading.
                            .flatMap(Optional::stream)
                            .toList();
        }
        var good =
                found.stream()
                        .flatMap(one ->
                                one instanceof Found.Good(var manifest)
                                        ? Stream.of(manifest)
                                        : Stream.empty())
                        .filter(filter::matches)
                        .sorted(BY_TIME)
                        .toList();
        var bad =
                found.stream()
                        .flatMap(one ->
                                one instanceof Found.Bad(var manifest)
                                        ? Stream.of(manifest)
                                        : Stream.empty())
                        .toList();
        return new Listing(good, bad);
    }

    /// Every sealed backup, oldest first.
    public List<Manifest> backups(Filter filter) {
        return listing(filter).backups();
    }

    /// One manifest per database of a server: that of the backup with the latest id. Reads few objects,
    /// for estimates; which backup is really the newest is told by [#backups].
    public List<Manifest> recent(ServerName server) {
        var latest = new TreeMap<String, ObjectKey>();
        try (var objects = store.list(server + "/")) {
            objects.map(object -> object.key())
                    .filter(key -> key.name().equals(Layout.MANIFEST))
                    // <server>/<database>/<backup>/manifest.json
                    .filter(key -> key.value().split("/", -1).length == 4)
                    .forEach(key -> latest.put(key.value().split("/", -1)[1], key));
        }
        return latest.values().stream()
                .gather(Concurrently.map(READS_IN_FLIGHT, this::manifest))
                .flatMap(Optional::stream)
                .flatMap(one ->
                        one instanceof Found.Good(var manifest)
                                ? Stream.of(manifest)
                                : Stream.empty())
                .toList();
    }

    private Optional<Found> manifest(ObjectKey key) {
        return store.document(key)
                .map(document -> {
                    try {
                        return new Found.Good(Manifests.read(document));
                    } catch (Problem problem) {
                        return new Found.Bad(new Unreadable(key, problem.what()));
                    }
                });
    }

    /// The one backup that a user means by an id, `latest`, or `latest-proven`.
    public Manifest resolve(String name, Filter filter) {
        return resolve(name, filter, backups(filter));
    }

    /// The same where only backups of one kind will do: another kind is never the latest one.
    public Manifest resolve(String name, Filter filter, BackupKind kind) {
        var backups = backups(filter);
        var fitting = backups.stream().filter(backup -> backup.kind() == kind).toList();
        var word = name.equals("latest") || name.equals("latest-proven");
        var found = resolve(name, filter, word ? fitting : backups);
        if (found.kind() == kind) return found;
        throw new Problem(
                ErrorCode.NOT_SUPPORTED_HERE,
                "backup "
                        + name
                        + " is "
                        + found.kind().name().toLowerCase(Locale.ROOT)
                        + ", and this needs one that is "
                        + kind.name().toLowerCase(Locale.ROOT),
                "pgvigil list shows the kind of each backup.");
    }

    private Manifest resolve(String name, Filter filter, List<Manifest> backups) {
        return switch (name) {
            case "latest" -> newest(backups, "latest");
            case "latest-proven" ->
                    newest(backups.stream().filter(this::proven).toList(), "latest-proven");
            default ->
                    backups.stream()
                            .filter(manifest -> manifest.backup().value().equals(name))
                            .findFirst()
                            .orElseThrow(() -> absent(name, filter, backups));
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

    private Problem absent(String name, Filter filter, List<Manifest> backups) {
        return listing(filter).unreadable().stream()
                .filter(bad -> bad.key().value().contains("/" + name + "/"))
                .findFirst()
                .map(bad ->
                        new Problem(
                                ErrorCode.OBJECT_DAMAGED,
                                bad.why(),
                                "Restore from another backup; pgvigil list shows them."))
                .orElseGet(() -> notFound(name, backups));
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

    /// Every drill of a database, oldest first. A record that cannot be read proves nothing and hides
    /// no other.
    public List<Drill> drills(ServerName server, DatabaseName database) {
        try (var objects = store.list(Layout.drills(server, database))) {
            return objects.map(object -> object.key())
                    .gather(Concurrently.map(READS_IN_FLIGHT, this::drill))
                    .flatMap(Optional::stream)
                    .sorted(Comparator.comparing(Drill::finished))
                    .toList();
        }
    }

    private Optional<Drill> drill(ObjectKey key) {
        return store.document(key)
                .flatMap(document -> {
                    try {
                        return Optional.of(Json.read(document, Drill.class, Drill.FORMAT));
                    } catch (Problem unreadable) {
                        return Optional.empty();
                    }
                });
    }
}
