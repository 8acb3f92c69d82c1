package io.pgvigil.wire;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.core.wal.Harvest;
import io.pgvigil.core.watch.BackupNote;
import io.pgvigil.core.watch.DatabaseHistory;
import io.pgvigil.core.watch.DrillNote;
import io.pgvigil.core.watch.HarvestNote;
import io.pgvigil.core.watch.History;
import io.pgvigil.core.watch.ServerLog;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/// What is remembered of a store's backups, drills and harvests, brought up to date with few calls.
///
/// One listing per database shows what is new, because keys begin with their time; only what is new is
/// read. Now and then a database is compared as a whole, a few at each look, so that what came late or
/// went away is noticed, too. Nothing here is the truth: that is in the manifests.
public final class Histories {
    /// A run that took so long is noticed at once when it is sealed; a longer one within
    /// [#COMPARED_EVERY].
    private static final Duration LOOK_BACK = Duration.ofDays(2);

    private static final Duration COMPARED_EVERY = Duration.ofDays(1);
    private static final Duration EXPLORED_EVERY = Duration.ofHours(1);

    /// How long the sizes of backups that are gone are remembered.
    private static final Duration MEMORY = Duration.ofDays(400);

    private static final int CALLS_IN_FLIGHT = 16;

    /// At each look, so that all of them are compared within a day when a look comes every 15 minutes.
    private static final int COMPARED_AT_ONCE = 96;

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private final ObjectStore store;

    public Histories(ObjectStore store) {
        this.store = store;
    }

    /// Loads beforehand what remembering needs.
    public static void prepare() {
        Json.prepare(Manifest.class, Drill.class, Harvest.class, History.class);
    }

    /// A database of a server, or `_cluster`.
    public record Place(ServerName server, DatabaseName database) implements Comparable<Place> {
        String folder() {
            return Layout.folder(server, database);
        }

        @Override
        public int compareTo(Place other) {
            return folder().compareTo(other.folder());
        }
    }

    /// @param unseen servers of which something could not be read, and why
    public record Update(History history, Map<ServerName, String> unseen) {}

    // The document

    /// What was remembered; nothing when it is not there or cannot be read: then everything is read again.
    public History stored() {
        var document = store.document(Layout.HISTORY);
        if (document.isEmpty()) return History.NONE;
        try (var json = new GZIPInputStream(new ByteArrayInputStream(document.get().content()))) {
            return Json.read(
                    new Document(Layout.HISTORY, json.readAllBytes(), document.get().token()),
                    History.class,
                    History.FORMAT);
        } catch (IOException | Problem unreadable) {
            return History.NONE;
        }
    }

    /// Keeps it. Two who keep at the same time keep the same, or something that the next look adds.
    public void keep(History history) {
        var bytes = new ByteArrayOutputStream();
        try (var json = new GZIPOutputStream(bytes)) {
            json.write(Json.compactBytes(history));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        store.put(Layout.HISTORY, bytes.toByteArray());
    }

    // Bringing it up to date

    /// @param expected where backups should be, whether there are any or not
    /// @param logs servers whose log should be stored
    public Update update(
            History known, Collection<Place> expected, Collection<ServerName> logs, Instant now) {
        var unseen = new TreeMap<ServerName, String>();
        var places = new LinkedHashMap<Place, DatabaseHistory>();
        known.databases().forEach(one -> places.put(new Place(one.server(), one.database()), one));
        var logged = new LinkedHashSet<ServerName>(logs);
        known.logs().forEach(one -> logged.add(one.server()));
        expected.forEach(place ->
                places.computeIfAbsent(
                        place, _ -> DatabaseHistory.empty(place.server(), place.database())));
        var explored = known.explored();
        var explore = !explored.plus(EXPLORED_EVERY).isAfter(now);
        if (explore) {
            explore(unseen)
                    .forEach(place -> {
                        if (place.database().isEmpty()) logged.add(place.server());
                        else
                            places.computeIfAbsent(
                                    new Place(place.server(), place.database().get()),
                                    one -> DatabaseHistory.empty(one.server(), one.database()));
                    });
            explored = now;
        }
        var whole = compared(places, now);
        var databases =
                places.entrySet().stream()
                        .gather(
                                Concurrently.map(
                                        CALLS_IN_FLIGHT,
                                        place ->
                                                seen(
                                                        place.getValue(),
                                                        () ->
                                                                database(
                                                                        place.getKey(),
                                                                        place.getValue(),
                                                                        whole.contains(
                                                                                place.getKey()),
                                                                        now))))
                        .toList();
        var serverLogs =
                logged.stream()
                        .gather(
                                Concurrently.map(
                                        CALLS_IN_FLIGHT,
                                        server -> {
                                            var before =
                                                    known.log(server)
                                                            .orElse(
                                                                    new ServerLog(
                                                                            server, List.of()));
                                            return seen(before, () -> log(before, explore));
                                        }))
                        .toList();
        for (var one : databases)
            one.problem().ifPresent(why -> unseen.putIfAbsent(one.value().server(), why));
        for (var one : serverLogs)
            one.problem().ifPresent(why -> unseen.putIfAbsent(one.value().server(), why));
        return new Update(
                new History(
                        History.FORMAT,
                        now,
                        explored,
                        databases.stream().map(Seen::value).toList(),
                        serverLogs.stream().map(Seen::value).toList()),
                unseen);
    }

    private record Seen<T>(T value, Optional<String> problem) {}

    private interface Look<T> {
        T look();
    }

    /// What could not be looked at stays as it was known.
    private static <T> Seen<T> seen(T before, Look<T> look) {
        try {
            return new Seen<>(look.look(), Optional.empty());
        } catch (Problem problem) {
            return new Seen<>(before, Optional.of(problem.what()));
        }
    }

    /// @param database empty: a log lies there
    private record Found(ServerName server, Optional<DatabaseName> database) {}

    private List<Found> explore(Map<ServerName, String> unseen) {
        return store.folders("").stream()
                .flatMap(name -> server(name).stream())
                .gather(
                        Concurrently.map(
                                CALLS_IN_FLIGHT,
                                server -> {
                                    var found =
                                            seen(
                                                    List.<String>of(),
                                                    () -> store.folders(server + "/"));
                                    return new Folders(server, found);
                                }))
                .flatMap(one -> {
                    one.names().problem().ifPresent(why -> unseen.put(one.server(), why));
                    return one.names().value().stream()
                            .flatMap(name -> found(one.server(), name).stream());
                })
                .toList();
    }

    private record Folders(ServerName server, Seen<List<String>> names) {}

    private static Optional<ServerName> server(String folder) {
        try {
            return Optional.of(new ServerName(folder));
        } catch (Problem notOurs) {
            return Optional.empty();
        }
    }

    private static Optional<Found> found(ServerName server, String folder) {
        if (folder.equals(Layout.WAL_FOLDER))
            return Optional.of(new Found(server, Optional.empty()));
        try {
            var database = DatabaseName.ofFolder(folder);
            return database.folder().equals(folder)
                    ? Optional.of(new Found(server, Optional.of(database)))
                    : Optional.empty();
        } catch (IllegalArgumentException notOurs) {
            return Optional.empty();
        }
    }

    /// The databases whose turn it is to be compared as a whole.
    private static Set<Place> compared(Map<Place, DatabaseHistory> places, Instant now) {
        var share = Math.max(1, places.size() / COMPARED_AT_ONCE + 1);
        var due = new LinkedHashSet<Place>();
        places.entrySet().stream()
                .filter(one -> !one.getValue().compared().plus(COMPARED_EVERY).isAfter(now))
                // One that was never compared cannot wait.
                .sorted(Map.Entry.comparingByValue(Comparator.comparing(DatabaseHistory::compared)))
                .forEach(one -> {
                    if (one.getValue().compared().equals(Instant.EPOCH) || due.size() < share)
                        due.add(one.getKey());
                });
        return due;
    }

    // One database

    private DatabaseHistory database(
            Place place, DatabaseHistory known, boolean whole, Instant now) {
        var after = whole ? Optional.<String>empty() : Optional.of(after(place, known, now));
        var manifests = new HashSet<BackupId>();
        var drills = new ArrayList<ObjectKey>();
        try (var objects = list(place.folder(), after)) {
            objects.forEach(object -> {
                var rest = object.key().value().substring(place.folder().length()).split("/");
                if (rest.length != 2) return;
                if (rest[1].equals(Layout.MANIFEST))
                    BackupId.ifValid(rest[0]).ifPresent(manifests::add);
                else if (rest[0].equals("drills")) drills.add(object.key());
            });
        }
        var notes = new LinkedHashMap<BackupId, BackupNote>();
        known.backups().forEach(note -> notes.put(note.backup(), note));
        notes.replaceAll((id, note) -> {
            var looked = after.isEmpty() || (place.folder() + id + "/").compareTo(after.get()) > 0;
            if (!looked) return note;
            return manifests.contains(id) ? note : note.goneAt(now);
        });
        var unreadable = new ArrayList<String>(whole ? List.of() : known.unreadable());
        manifests.stream()
                .filter(id -> !notes.containsKey(id))
                .sorted()
                .gather(Concurrently.map(CALLS_IN_FLIGHT, id -> manifest(place, id)))
                .forEach(read -> {
                    read.note().ifPresent(note -> notes.put(note.backup(), note));
                    read.unreadable()
                            .filter(why -> !unreadable.contains(why))
                            .ifPresent(unreadable::add);
                });
        notes.values()
                .removeIf(note -> !note.there() && note.finished().plus(MEMORY).isBefore(now));

        var remembered = new HashMap<String, DrillNote>();
        known.drills().forEach(note -> remembered.put(note.drill().value(), note));
        var there = new ArrayList<DrillNote>();
        drills.stream()
                .filter(key -> !remembered.containsKey(key.name().replace(".json", "")))
                .gather(Concurrently.map(CALLS_IN_FLIGHT, this::drill))
                .flatMap(Optional::stream)
                .forEach(there::add);
        known.drills().stream()
                .filter(note -> !note.finished().plus(MEMORY).isBefore(now))
                .forEach(there::add);
        return new DatabaseHistory(
                place.server(),
                place.database(),
                List.copyOf(notes.values()),
                there,
                whole ? now : known.compared(),
                unreadable);
    }

    private Stream<StoredObject> list(String folder, Optional<String> after) {
        return after.isEmpty() ? store.list(folder) : store.list(folder, after.get());
    }

    /// Behind this key lie the newest backup, the newest proven one, and whatever was begun lately.
    private static String after(Place place, DatabaseHistory known, Instant now) {
        return Stream.of(
                        Optional.of(TIME.format(now.minus(LOOK_BACK))),
                        known.newest().map(note -> note.backup().value()),
                        known.newestProven().map(note -> note.backup().value()))
                .flatMap(Optional::stream)
                .min(String::compareTo)
                .map(name -> place.folder() + name)
                .orElseThrow();
    }

    private record Read(Optional<BackupNote> note, Optional<String> unreadable) {}

    private Read manifest(Place place, BackupId id) {
        var document =
                store.document(Layout.of(place.server(), place.database(), id, Layout.MANIFEST));
        if (document.isEmpty()) return new Read(Optional.empty(), Optional.empty());
        try {
            return new Read(
                    Optional.of(BackupNote.of(Manifests.read(document.get()))), Optional.empty());
        } catch (Problem problem) {
            return new Read(Optional.empty(), Optional.of(problem.what()));
        }
    }

    private Optional<DrillNote> drill(ObjectKey key) {
        return store.document(key)
                .flatMap(document -> {
                    try {
                        return Optional.of(
                                DrillNote.of(Json.read(document, Drill.class, Drill.FORMAT)));
                    } catch (Problem provesNothing) {
                        return Optional.empty();
                    }
                });
    }

    // A server's log

    private ServerLog log(ServerLog known, boolean explore) {
        var systems = new LinkedHashSet<String>();
        known.newest().ifPresent(note -> systems.add(note.system()));
        var folder = known.server() + "/" + Layout.WAL_FOLDER + "/";
        if (explore || systems.isEmpty()) systems.addAll(store.folders(folder));
        var notes = new LinkedHashMap<String, HarvestNote>();
        known.harvests().forEach(note -> notes.merge(note.run().value(), note, HarvestNote::and));
        for (var system : systems) {
            var prefix = folder + system + "/" + Layout.HARVESTS;
            var last =
                    known.harvests().reversed().stream()
                            .filter(note -> note.system().equals(system))
                            .findFirst()
                            .map(note -> prefix + TIME.format(note.finished().minus(LOOK_BACK)));
            try (var objects = list(prefix, last)) {
                var keys = objects.map(object -> object.key()).toList();
                keys.subList(Math.max(0, keys.size() - ServerLog.LENGTH), keys.size()).stream()
                        .filter(key -> !notes.containsKey(key.name().replace(".json", "")))
                        .gather(Concurrently.map(CALLS_IN_FLIGHT, this::harvest))
                        .flatMap(Optional::stream)
                        .forEach(note -> notes.merge(note.run().value(), note, HarvestNote::and));
            }
        }
        return new ServerLog(known.server(), List.copyOf(notes.values()));
    }

    private Optional<HarvestNote> harvest(ObjectKey key) {
        return store.document(key)
                .flatMap(document -> {
                    try {
                        return Optional.of(
                                HarvestNote.of(Json.read(document, Harvest.class, Harvest.FORMAT)));
                    } catch (Problem unreadable) {
                        return Optional.empty();
                    }
                });
    }
}
