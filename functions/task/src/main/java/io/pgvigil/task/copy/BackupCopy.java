package io.pgvigil.task.copy;

import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.copy.CopyRecord;
import io.pgvigil.core.copy.LaterRecord;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.run.Locked;
import io.pgvigil.core.run.SealLock;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.ObjectChecksum;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.core.wal.SegmentName;
import io.pgvigil.core.wal.TimelineId;
import io.pgvigil.runtime.SealLocks;
import io.pgvigil.task.InOrder;
import io.pgvigil.task.Progress;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Manifests;
import java.io.IOException;
import java.io.InputStream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/// Sends one backup to another store, object by object under the same keys, and checks what arrived.
///
/// What is there already and right is left alone, so a run that died is finished by the next one, and
/// what the bucket's own replication brought is only checked. The manifest goes last: until then there
/// is no backup in the other store.
public final class BackupCopy {
    private static final int CHUNK = 1 << 20;
    private static final int SEGMENTS_IN_FLIGHT = 8;
    private static final Pattern PARTIAL =
            Pattern.compile("(.*/[0-9A-F]{24})\\.[0-9A-F]{16}\\.partial\\.zst");

    private final ObjectReader from;
    private final Progress progress;
    private final InstantSource clock;

    public BackupCopy(ObjectReader from, Progress progress, InstantSource clock) {
        this.from = from;
        this.progress = progress;
        this.clock = clock;
    }

    /// @param lock how it is locked there, once all of it has arrived. A lock that was there longer or is
    ///     stricter stays
    public CopyRecord run(Manifest manifest, ObjectStore to, Optional<SealLock> lock) {
        var sent = 0;
        var bytes = 0L;
        var all = manifest.objects().stream().mapToLong(object -> object.size()).sum();
        progress.stage("send", to.uri() + "", all);
        for (var object : manifest.objects()) {
            var expected = new Expected(object.key(), object.size(), object.crc32c());
            if (arrived(expected, to).isEmpty()) {
                send(expected, to);
                sent++;
            }
            bytes += object.size();
            progress.moved(bytes, 0);
        }
        var place =
                Layout.of(
                        manifest.server(), manifest.database(), manifest.backup(), Layout.MANIFEST);
        var content = Manifests.bytes(manifest);
        requireAll(manifest, to);
        if (to.create(place, content)) sent++;
        else same(new Document(place, content, ""), to);
        var locked = lock.map(how -> SealLocks.lock(to, manifest, how, clock.instant()));
        // The next run finds everything there and locks it. What cannot be locked is a copy all the
        // same.
        locked.flatMap(Locked::failure)
                .filter(Failure::transientFailure)
                .ifPresent(why -> {
                    throw why.toProblem();
                });
        return new CopyRecord(
                CopyRecord.FORMAT,
                new BackupRef(manifest.server(), manifest.database(), manifest.backup()),
                to.uri() + "",
                clock.instant(),
                manifest.objects().size() + 1,
                bytes + content.length,
                sent,
                locked);
    }

    /// Sends what drills found out about the backup, and of a physical one the log that was harvested
    /// behind it, for who will have nothing but the copy. Where its retention has let go of the copy
    /// nothing is sent.
    ///
    /// @param wanted what somebody missed there
    /// @return what is not missing there any more
    public List<LaterRecord> later(Manifest manifest, ObjectStore to, Optional<String> wanted) {
        var there =
                to.stat(
                                Layout.of(
                                        manifest.server(),
                                        manifest.database(),
                                        manifest.backup(),
                                        Layout.MANIFEST))
                        .isPresent();
        var names = new TreeSet<String>();
        wanted.ifPresent(names::add);
        var backup = new BackupRef(manifest.server(), manifest.database(), manifest.backup());
        for (var document : drills(backup)) {
            var drill = Json.read(document, Drill.class, Drill.FORMAT);
            if (!drill.backup().equals(backup.backup())) continue;
            if (there && !to.create(document.key(), document.content())) same(document, to);
            names.add(drill.drill() + "");
        }
        if (there && manifest.physical().isPresent()) log(manifest, to);
        return names.stream()
                .map(what ->
                        new LaterRecord(
                                LaterRecord.FORMAT, backup, what, to.uri() + "", clock.instant()))
                .toList();
    }

    // Log

    private record Listed(NavigableMap<String, StoredObject> byKey) {
        static Listed of(ObjectReader store, String prefix) {
            var found = new TreeMap<String, StoredObject>();
            try (var objects = store.list(prefix)) {
                objects.forEach(object -> found.put(object.key().value(), object));
            }
            return new Listed(found);
        }

        Optional<String> first(String folder) {
            return byKey.tailMap(folder).keySet().stream()
                    .takeWhile(key -> key.startsWith(folder))
                    .filter(key -> key.indexOf('/', folder.length()) < 0)
                    .findFirst();
        }
    }

    /// Log is of use behind a base: where none is yet, it begins with that of this backup, and else with
    /// the first that is there. What lies before that the retention of that store has let go.
    private void log(Manifest base, ObjectStore to) {
        var system = base.systemIdentifier().orElseThrow();
        var prefix = Layout.wal(base.server(), system);
        // What harvests say before what they stored: no moment is told there whose log is not.
        var harvests = Listed.of(from, prefix + Layout.HARVESTS);
        var here = Listed.of(from, prefix);
        here.byKey().keySet().removeIf(key -> key.startsWith(prefix + Layout.HARVESTS));
        var there = Listed.of(to, prefix);
        progress.stage("log", to.uri() + "", here.byKey().size() + harvests.byKey().size());
        send(here, there, to, folder -> begin(base, prefix, folder));
        // A run's name begins with its time, and so does a backup's.
        send(harvests, there, to, folder -> Optional.of(folder + time(base)));
    }

    private void send(
            Listed here, Listed there, ObjectStore to, Function<String, Optional<String>> begin) {
        var folders = new TreeMap<String, List<StoredObject>>();
        here.byKey()
                .forEach((key, object) ->
                        folders.computeIfAbsent(
                                        key.substring(0, key.lastIndexOf('/') + 1),
                                        _ -> new ArrayList<>())
                                .add(object));
        folders.forEach((folder, objects) -> {
            var known = there.first(folder);
            var from = known.or(() -> begin.apply(folder));
            if (from.isEmpty()) return;
            var missing =
                    objects.stream()
                            .filter(object -> object.key().value().compareTo(from.get()) >= 0)
                            .filter(object -> !there.byKey().containsKey(object.key().value()))
                            .filter(object -> !superseded(object.key().value(), here))
                            .map(StoredObject::key)
                            .toList();
            // The first alone: it says from where on log is there, whatever becomes of the others.
            var first = known.isPresent() ? 0 : Math.min(1, missing.size());
            missing.subList(0, first).forEach(key -> segment(key, to));
            InOrder.each(
                    missing.subList(first, missing.size()),
                    SEGMENTS_IN_FLIGHT,
                    key -> {
                        segment(key, to);
                        return key;
                    },
                    _ -> {});
        });
    }

    /// Part of a segment that is there whole.
    private static boolean superseded(String key, Listed here) {
        var partial = PARTIAL.matcher(key);
        return partial.matches()
                && here.byKey().containsKey(partial.group(1) + Layout.SEGMENT_SUFFIX);
    }

    private static Optional<String> begin(Manifest base, String prefix, String folder) {
        var copy = base.physical().orElseThrow();
        var own = new TimelineId(copy.timeline());
        var timeline = folder.substring(prefix.length());
        // Histories are few.
        if (timeline.isEmpty()) return Optional.of(folder);
        var digits = timeline.substring(0, timeline.length() - 1);
        if (!digits.matches("[0-9A-F]{8}") || digits.compareTo(own.digits()) < 0)
            return Optional.empty();
        if (!digits.equals(own.digits())) return Optional.of(folder);
        return Optional.of(folder + SegmentName.of(own, copy.begin(), copy.segmentSize()));
    }

    private static String time(Manifest base) {
        return base.backup().value().replaceFirst("-.*", "");
    }

    private void segment(ObjectKey key, ObjectStore to) {
        var stored = from.stat(key);
        // Retention may have let go of it since.
        if (stored.isEmpty()) return;
        var expected = new Expected(key, stored.get().size(), crc32c(stored.get(), from));
        if (arrived(expected, to).isEmpty()) send(expected, to);
    }

    private List<Document> drills(BackupRef backup) {
        List<ObjectKey> keys;
        try (var objects = from.list(Layout.drills(backup.server(), backup.database()))) {
            keys = objects.map(StoredObject::key).toList();
        }
        return keys.stream().flatMap(key -> from.document(key).stream()).toList();
    }

    private static void same(Document expected, ObjectStore to) {
        if (!to.document(expected.key())
                .filter(there -> Arrays.equals(there.content(), expected.content()))
                .isPresent()) throw another(expected.key(), to);
    }

    /// What was sent days ago looks like debris to the retention of that store, which knows of no run here.
    private static void requireAll(Manifest manifest, ObjectStore to) {
        var there = new HashSet<ObjectKey>();
        var folder = Layout.folder(manifest.server(), manifest.database(), manifest.backup());
        try (var objects = to.list(folder)) {
            objects.forEach(object -> there.add(object.key()));
        }
        for (var object : manifest.objects())
            if (!there.contains(object.key())) throw gone(object.key(), to);
    }

    private record Expected(ObjectKey key, long size, String crc32c) {}

    private void send(Expected expected, ObjectStore to) {
        try (var in = from.read(expected.key());
                var upload = to.upload(expected.key())) {
            var buffer = new byte[CHUNK];
            for (var count = in.read(buffer); count >= 0; count = in.read(buffer))
                upload.write(buffer, 0, count);
            upload.complete();
        } catch (IOException e) {
            throw new Problem(
                    ErrorCode.STORE_UNREACHABLE,
                    "could not read "
                            + expected.key()
                            + " in "
                            + from.uri()
                            + ": "
                            + e.getMessage(),
                    "Check the network and try again.",
                    true,
                    e);
        }
        // Not what we believe to have written counts, but what is there.
        if (arrived(expected, to).isEmpty()) throw gone(expected.key(), to);
    }

    private static Problem gone(ObjectKey key, ObjectStore to) {
        return new Problem(
                ErrorCode.COPY_DAMAGED,
                key + " was sent to " + to.uri() + " and is not there",
                "Does something delete there? The next run tries again.");
    }

    /// What is there of the object; empty when nothing is. Throws when it is something else.
    private Optional<StoredObject> arrived(Expected expected, ObjectStore to) {
        var stored = to.stat(expected.key());
        if (stored.isEmpty()) return stored;
        if (stored.get().size() != expected.size()
                || !crc32c(stored.get(), to).equals(expected.crc32c()))
            throw another(expected.key(), to);
        return stored;
    }

    /// S3 has computed the checksum itself, over what it has. What a directory remembers is the writer's
    /// word, and so everything is read once more.
    private static String crc32c(StoredObject stored, ObjectReader to) {
        if (to.uri() instanceof StoreUri.S3 && stored.crc32c().isPresent())
            return stored.crc32c().get();
        try (InputStream in = to.read(stored.key())) {
            var checksum = new ObjectChecksum();
            var buffer = new byte[CHUNK];
            for (var count = in.read(buffer); count >= 0; count = in.read(buffer))
                checksum.update(buffer, 0, count);
            return checksum.crc32c();
        } catch (IOException e) {
            throw new Problem(
                    ErrorCode.STORE_UNREACHABLE,
                    "could not read " + stored.key() + " in " + to.uri() + ": " + e.getMessage(),
                    "Check the network and try again.",
                    true,
                    e);
        }
    }

    private static Problem another(ObjectKey key, ObjectStore to) {
        return new Problem(
                ErrorCode.COPY_DAMAGED,
                key + " in " + to.uri() + " is not what this backup has there",
                "Nothing is replaced. Is it the copy of another store, or damaged? Look at it, remove it,"
                        + " and the next run sends it.");
    }
}
