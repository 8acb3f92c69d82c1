package io.pgvigil.retention;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.retention.Lane;
import io.pgvigil.core.retention.Storage;
import io.pgvigil.core.store.StorageClass;
import io.pgvigil.core.store.StoredObject;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/// What a listing shows of one backup's folder. Not thread-safe.
final class Folder {
    private static final int SEGMENTS = 4;

    final BackupRef ref;
    boolean sealed;
    int objects;
    long bytes;
    long manifestBytes;
    Instant newest = Instant.MIN;
    private final Map<StorageClass, Long> inClass = new EnumMap<>(StorageClass.class);
    private final Map<StorageClass, Integer> countInClass = new EnumMap<>(StorageClass.class);
    private long movableBytes;
    private int movableObjects;
    private StorageClass warmest = StorageClass.DEEP_ARCHIVE;

    private Folder(BackupRef ref) {
        this.ref = ref;
    }

    /// The folder that an object lies in, if it is that of a backup. Names that are not ours are
    /// somebody else's, and never touched.
    static Optional<Folder> of(String[] segments) {
        if (segments.length < SEGMENTS) return Optional.empty();
        return database(segments)
                .flatMap(any -> {
                    try {
                        return Optional.of(
                                new Folder(
                                        new BackupRef(
                                                any.server(),
                                                any.database(),
                                                new BackupId(segments[2]))));
                    } catch (IllegalArgumentException notOurs) {
                        return Optional.empty();
                    }
                });
    }

    /// The database whose folder the first two segments name; the kind says nothing.
    static Optional<Lane> database(String[] segments) {
        if (segments.length < 2) return Optional.empty();
        try {
            var database = DatabaseName.ofFolder(segments[1]);
            if (!database.folder().equals(segments[1])) return Optional.empty();
            return Optional.of(new Lane(new ServerName(segments[0]), database, BackupKind.LOGICAL));
        } catch (IllegalArgumentException | Problem notOurs) {
            return Optional.empty();
        }
    }

    void add(StoredObject object) {
        if (object.modified().isAfter(newest)) newest = object.modified();
        object.storageClass()
                .ifPresent(in -> {
                    inClass.merge(in, object.size(), Long::sum);
                    countInClass.merge(in, 1, Integer::sum);
                    if (!movable(object)) return;
                    movableBytes += object.size();
                    movableObjects++;
                    if (warmest.colderThan(in)) warmest = in;
                });
        if (object.key().value().equals(path() + Layout.MANIFEST)) {
            sealed = true;
            manifestBytes += object.size();
        } else if (object.key().value().startsWith(path() + Layout.COPIES)) {
            // Beside the backup and none of its objects.
            manifestBytes += object.size();
        } else {
            objects++;
            bytes += object.size();
        }
    }

    /// Large enough, and not what everybody reads before they know what they want.
    static boolean movable(StoredObject object) {
        return object.storageClass().isPresent()
                && object.size() >= StorageClass.SMALLEST
                && !object.key().name().equals(Layout.MANIFEST)
                && !object.key().name().equals(Layout.FACTS);
    }

    Storage storage(Optional<Storage.Assigned> assigned) {
        return new Storage(inClass, countInClass, movableBytes, movableObjects, warmest, assigned);
    }

    String path() {
        return Layout.folder(ref.server(), ref.database(), ref.backup());
    }
}
