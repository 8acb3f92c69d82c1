package io.pgvigil.local;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.HiddenObject;
import io.pgvigil.core.store.LockMode;
import io.pgvigil.core.store.Locking;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectLock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Locks of a directory: a file under `.locks/` that says how long, and the read-only bit.
///
/// This store then refuses to delete or replace the object, and `rm` asks first. It does not protect
/// from who owns the files.
final class FileLocks implements Locking {
    private static final String FOLDER = ".locks";

    private final DirectoryStore store;
    private final Path root;
    private final Path folder;
    private final StoreLock turns;
    private final InstantSource clock;

    FileLocks(DirectoryStore store, Path root, StoreLock turns, InstantSource clock) {
        this.store = store;
        this.root = root;
        this.folder = root.resolve(FOLDER);
        this.turns = turns;
        this.clock = clock;
    }

    @Override
    public ObjectLock lockOf(ObjectKey key) {
        if (store.stat(key).isEmpty())
            throw new Problem(
                    ErrorCode.OBJECT_MISSING,
                    "object " + key + " is not in " + store.uri(),
                    "List the store to see what is there; was it deleted meanwhile?");
        try {
            return read(key);
        } catch (IOException e) {
            throw Disk.problem(e, "look up the lock of " + key, root);
        }
    }

    @Override
    public void lock(ObjectKey key, LockMode mode, Instant until) {
        if (lockOf(key).covers(mode, until)) return;
        try {
            turns.holding(() -> {
                var known = read(key);
                if (known.covers(mode, until)) return true;
                write(key, known.lengthened(mode, until).retained().orElseThrow());
                // Only a reminder, so it does not matter where it cannot be set.
                var _ = store.file(key).toFile().setReadOnly();
                return true;
            });
        } catch (IOException e) {
            throw Disk.problem(e, "lock " + key, root);
        }
    }

    @Override
    public Stream<HiddenObject> hidden(String prefix, Predicate<ObjectKey> about) {
        return Stream.empty();
    }

    /// Throws when the object must stay as it is.
    void requireFree(ObjectKey key) throws IOException {
        var obstacle = read(key).obstacle(clock.instant());
        if (obstacle.isPresent())
            throw new Problem(
                    ErrorCode.OBJECT_LOCKED,
                    "object " + key + " in " + store.uri() + " is " + obstacle.get(),
                    "Wait until then. Nothing here lifts a lock.");
    }

    /// Takes away what is left of a lock that has ended.
    void forget(ObjectKey key) throws IOException {
        var place = place(key);
        if (Files.deleteIfExists(place))
            Disk.removeEmptyFolders(DirectoryStore.parent(place), root);
    }

    private ObjectLock read(ObjectKey key) throws IOException {
        String text;
        try {
            text = Files.readString(place(key)).strip();
        } catch (NoSuchFileException none) {
            return ObjectLock.NONE;
        }
        try {
            var words = text.split(" ");
            return ObjectLock.until(
                    LockMode.valueOf(words[0].toUpperCase(Locale.ROOT)), Instant.parse(words[1]));
        } catch (IllegalArgumentException
                | DateTimeParseException
                | ArrayIndexOutOfBoundsException e) {
            // Somebody meant it to stay, so it does.
            throw new IOException(place(key) + " does not say how long: '" + text + "'", e);
        }
    }

    private void write(ObjectKey key, ObjectLock.Retained lock) throws IOException {
        var place = place(key);
        var above = DirectoryStore.parent(place);
        Disk.createFolders(above);
        var written = place.resolveSibling(place.getFileName() + "~");
        Files.writeString(
                written, lock.mode().word() + " " + lock.until() + "\n", StandardCharsets.UTF_8);
        Files.move(
                written,
                place,
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        Disk.sync(above);
    }

    private Path place(ObjectKey key) {
        return folder.resolve(root.relativize(store.file(key)));
    }
}
