package io.pgvigil.wire;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.copy.CopyRecord;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.core.wal.Harvest;
import io.pgvigil.core.watch.HarvestNote;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// What is written down of copies, beside the manifests of a store.
public final class Copies {
    private final ObjectReader store;

    public Copies(ObjectReader store) {
        this.store = store;
    }

    public Optional<CopyRecord> find(Manifest manifest, StoreUri to) {
        return store.document(
                        Layout.copy(manifest.server(), manifest.database(), manifest.backup(), to))
                .flatMap(Copies::read);
    }

    /// What came after a backup and is not known to lie beside its copy: the verdict of its newest drill,
    /// or log.
    ///
    /// @param newest whether it is the newest of its server, behind which log is sent
    public Optional<String> lacking(
            Manifest manifest, StoreUri to, Catalog catalog, boolean newest) {
        var drill =
                catalog.drills(manifest.server(), manifest.database()).reversed().stream()
                        .filter(one -> one.backup().equals(manifest.backup()))
                        .map(one -> one.drill() + "")
                        .findFirst();
        var log =
                newest && manifest.physical().isPresent()
                        ? harvested(manifest)
                        : Optional.<String>empty();
        return Stream.of(drill, log)
                .flatMap(Optional::stream)
                .filter(what ->
                        store.stat(
                                        Layout.copiedLater(
                                                manifest.server(),
                                                manifest.database(),
                                                manifest.backup(),
                                                to,
                                                what))
                                .isEmpty())
                .findFirst();
    }

    /// The newest harvest of the log that a physical backup is part of.
    private Optional<String> harvested(Manifest base) {
        var system = base.systemIdentifier();
        if (system.isEmpty()) return Optional.empty();
        try (var objects = store.list(Layout.wal(base.server(), system.get()) + Layout.HARVESTS)) {
            return objects.map(StoredObject::key)
                    .max(Comparator.comparing(ObjectKey::value))
                    .flatMap(store::document)
                    .map(document ->
                            HarvestNote.of(Json.read(document, Harvest.class, Harvest.FORMAT))
                                    .copied());
        }
    }

    /// Every copy of a backup.
    public List<CopyRecord> of(Manifest manifest) {
        try (var objects =
                store.list(
                        Layout.copies(manifest.server(), manifest.database(), manifest.backup()))) {
            return objects
                    .map(StoredObject::key)
                    .filter(key -> key.value().split("/", -1).length == 5)
                    .toList()
                    .stream()
                    .flatMap(key -> store.document(key).stream())
                    .flatMap(document -> read(document).stream())
                    .toList();
        }
    }

    /// In which further stores each backup of a database was checked, by their short names, and behind a
    /// slash what came later. One listing.
    public Map<BackupId, Set<String>> names(ServerName server, DatabaseName database) {
        var folder = Layout.folder(server, database);
        var found = new HashMap<BackupId, Set<String>>();
        try (var objects = store.list(folder)) {
            objects.map(object -> object.key().value().substring(folder.length()).split("/", -1))
                    .filter(path -> path.length == 3 || path.length == 4)
                    .filter(path -> Layout.COPIES.equals(path[1] + "/"))
                    .forEach(path ->
                            BackupId.ifValid(path[0])
                                    .ifPresent(id ->
                                            found.computeIfAbsent(id, _ -> new TreeSet<>())
                                                    .add(name(path))));
        }
        return found;
    }

    private static String name(String[] path) {
        return String.join("/", Arrays.asList(path).subList(2, path.length)).replace(".json", "");
    }

    /// In which further stores each of these backups was checked, by their addresses. One listing for each
    /// database, and one read for each further store.
    public Map<Manifest, List<String>> places(List<Manifest> backups) {
        var known = new HashMap<List<Object>, Map<BackupId, Set<String>>>();
        var addresses = new HashMap<String, Optional<String>>();
        var found = new LinkedHashMap<Manifest, List<String>>();
        for (var backup : backups) {
            var names =
                    known.computeIfAbsent(
                                    List.of(backup.server(), backup.database()),
                                    _ -> names(backup.server(), backup.database()))
                            .getOrDefault(backup.backup(), Set.of());
            found.put(
                    backup,
                    names.stream()
                            .filter(name -> name.indexOf('/') < 0)
                            .map(name -> addresses.computeIfAbsent(name, of -> address(backup, of)))
                            .flatMap(Optional::stream)
                            .toList());
        }
        return found;
    }

    private Optional<String> address(Manifest backup, String name) {
        return store.document(
                        Layout.copy(backup.server(), backup.database(), backup.backup(), name))
                .flatMap(Copies::read)
                .map(CopyRecord::to);
    }

    /// What cannot be believed says of no copy.
    private static Optional<CopyRecord> read(Document document) {
        try {
            return Optional.of(Json.read(document, CopyRecord.class, CopyRecord.FORMAT));
        } catch (Problem unreadable) {
            return Optional.empty();
        }
    }
}
