package io.pgvigil.task.copy;

import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.copy.CopyRecord;
import io.pgvigil.core.copy.VerdictRecord;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.ObjectChecksum;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.store.StoredObject;
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
import java.util.Optional;

/// Sends one backup to another store, object by object under the same keys, and checks what arrived.
///
/// What is there already and right is left alone, so a run that died is finished by the next one, and
/// what the bucket's own replication brought is only checked. The manifest goes last: until then there
/// is no backup in the other store.
public final class BackupCopy {
    private static final int CHUNK = 1 << 20;

    private final ObjectReader from;
    private final Progress progress;
    private final InstantSource clock;

    public BackupCopy(ObjectReader from, Progress progress, InstantSource clock) {
        this.from = from;
        this.progress = progress;
        this.clock = clock;
    }

    public CopyRecord run(Manifest manifest, ObjectStore to) {
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
        return new CopyRecord(
                CopyRecord.FORMAT,
                new BackupRef(manifest.server(), manifest.database(), manifest.backup()),
                to.uri() + "",
                clock.instant(),
                manifest.objects().size() + 1,
                bytes + content.length,
                sent);
    }

    /// Sends what drills found out about the backup, for who will have nothing but the copy. Where its
    /// retention has let go of the copy nothing is sent.
    public List<VerdictRecord> verdicts(Manifest manifest, ObjectStore to) {
        var backup = new BackupRef(manifest.server(), manifest.database(), manifest.backup());
        var there =
                to.stat(
                                Layout.of(
                                        backup.server(),
                                        backup.database(),
                                        backup.backup(),
                                        Layout.MANIFEST))
                        .isPresent();
        var sent = new ArrayList<VerdictRecord>();
        for (var document : drills(backup)) {
            var drill = Json.read(document, Drill.class, Drill.FORMAT);
            if (!drill.backup().equals(backup.backup())) continue;
            if (there && !to.create(document.key(), document.content())) same(document, to);
            sent.add(
                    new VerdictRecord(
                            VerdictRecord.FORMAT,
                            backup,
                            drill.drill(),
                            to.uri() + "",
                            clock.instant()));
        }
        return sent;
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
