package io.pgvigil.testkit;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.Access;
import io.pgvigil.core.store.ByteRange;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.HiddenObject;
import io.pgvigil.core.store.LockMode;
import io.pgvigil.core.store.Locking;
import io.pgvigil.core.store.ObjectChecksum;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectLock;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.ObjectUpload;
import io.pgvigil.core.store.PendingUpload;
import io.pgvigil.core.store.RetrievalSpeed;
import io.pgvigil.core.store.StorageClass;
import io.pgvigil.core.store.StoreRules;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.core.store.VerifiedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// A working store in memory, as strict as the strictest real one. Thread-safe.
public final class InMemoryObjectStore implements ObjectStore {
    private record Entry(byte[] content, StoredObject stored) {}

    private final InstantSource clock;
    private final TreeMap<ObjectKey, Entry> objects = new TreeMap<>();
    private final TreeMap<ObjectKey, Entry> hidden = new TreeMap<>();
    private final TreeMap<ObjectKey, StorageClass> assigned = new TreeMap<>();
    private final TreeMap<ObjectKey, RetrievalSpeed> coming = new TreeMap<>();
    private final TreeSet<ObjectKey> back = new TreeSet<>();
    private final TreeMap<ObjectKey, ObjectLock> locks = new TreeMap<>();
    private boolean lockable;
    private Optional<StoreRules> rules = Optional.empty();
    private final Map<String, PendingUpload> pending = new HashMap<>();
    private long writes;

    public InMemoryObjectStore() {
        this(InstantSource.system());
    }

    public InMemoryObjectStore(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public StoreUri uri() {
        return new StoreUri.S3("in-memory", "");
    }

    @Override
    public synchronized Optional<StoredObject> stat(ObjectKey key) {
        return Optional.ofNullable(objects.get(key)).map(Entry::stored);
    }

    @Override
    public synchronized Optional<Document> document(ObjectKey key) {
        var entry = objects.get(key);
        if (entry == null) return Optional.empty();
        if (entry.content.length > DOCUMENT_LIMIT)
            throw new Problem(
                    ErrorCode.DOCUMENT_INVALID,
                    "object " + key + " is too large for a document",
                    "Read it as a stream.");
        return Optional.of(new Document(key, entry.content.clone(), token(entry)));
    }

    @Override
    public synchronized InputStream read(ObjectKey key) {
        var entry = readable(key);
        return new VerifiedInputStream(
                new ByteArrayInputStream(entry.content),
                key,
                entry.stored.size(),
                entry.stored.crc32c());
    }

    @Override
    public synchronized InputStream read(ObjectKey key, ByteRange range) {
        var content = readable(key).content;
        if (range.end() > content.length)
            throw new Problem(
                    ErrorCode.OBJECT_DAMAGED,
                    "object " + key + " ends before byte " + range.end(),
                    "Restore from another backup or copy.");
        return new ByteArrayInputStream(content, (int) range.offset(), (int) range.length());
    }

    private Entry readable(ObjectKey key) {
        if (access(key) != Access.AT_ONCE)
            throw new Problem(
                    ErrorCode.STORE_FAILED,
                    "object " + key + " is in an archive storage class",
                    "Have it brought back first.");
        return existing(key);
    }

    private Entry existing(ObjectKey key) {
        var entry = objects.get(key);
        if (entry == null)
            throw new Problem(
                    ErrorCode.OBJECT_MISSING,
                    "object " + key + " is not in the store",
                    "List the store to see what is there.");
        return entry;
    }

    @Override
    public synchronized Stream<StoredObject> list(String prefix) {
        return List.copyOf(objects.values()).stream()
                .map(Entry::stored)
                .filter(stored -> stored.key().value().startsWith(prefix));
    }

    @Override
    public synchronized Stream<PendingUpload> pendingUploads(String prefix) {
        return List.copyOf(pending.values()).stream()
                .filter(upload -> upload.key().value().startsWith(prefix));
    }

    @Override
    public synchronized boolean create(ObjectKey key, byte[] content) {
        refuseTooLarge(key, content);
        if (objects.containsKey(key)) return false;
        store(key, content);
        return true;
    }

    @Override
    public synchronized boolean replace(ObjectKey key, byte[] content, String token) {
        refuseTooLarge(key, content);
        var entry = objects.get(key);
        if (entry == null || !token(entry).equals(token)) return false;
        store(key, content);
        return true;
    }

    @Override
    public synchronized void put(ObjectKey key, byte[] content) {
        refuseTooLarge(key, content);
        store(key, content);
    }

    @Override
    public synchronized ObjectUpload upload(ObjectKey key) {
        if (objects.containsKey(key)) throw exists(key);
        var begun = new PendingUpload(key, "upload-" + ++writes, clock.instant());
        pending.put(begun.id(), begun);
        return new Upload(begun);
    }

    @Override
    public synchronized void delete(ObjectKey key) {
        var entry = objects.remove(key);
        if (entry != null) hidden.put(key, entry);
    }

    /// Takes away the delete markers below a prefix, as somebody does who may: the newest version of
    /// each key is there again, the same one as before.
    public synchronized void undelete(String prefix) {
        hidden.entrySet()
                .removeIf(one -> {
                    if (!one.getKey().value().startsWith(prefix)) return false;
                    objects.putIfAbsent(one.getKey(), one.getValue());
                    return true;
                });
    }

    @Override
    public synchronized void assign(ObjectKey key, String tier, StorageClass to) {
        existing(key);
        assigned.put(key, to);
    }

    /// Where objects were told to go, for assertions.
    public synchronized Map<ObjectKey, StorageClass> assigned() {
        return Map.copyOf(assigned);
    }

    /// Moves objects as they were told, which a bucket's rules do within a day or two.
    public synchronized void moveAssigned() {
        assigned.forEach((key, to) ->
                objects.computeIfPresent(
                        key,
                        (_, entry) -> {
                            var is = entry.stored;
                            return new Entry(
                                    entry.content,
                                    new StoredObject(
                                            is.key(),
                                            is.size(),
                                            is.modified(),
                                            is.crc32c(),
                                            is.versionId(),
                                            Optional.of(to)));
                        }));
        assigned.clear();
    }

    @Override
    public synchronized Access access(ObjectKey key) {
        var in = existing(key).stored.storageClass().orElseThrow();
        if (in.readable() || back.contains(key)) return Access.AT_ONCE;
        return coming.containsKey(key) ? Access.COMING : Access.ARCHIVED;
    }

    @Override
    public synchronized void retrieve(ObjectKey key, RetrievalSpeed speed, Duration kept) {
        if (access(key) != Access.AT_ONCE) coming.put(key, speed);
    }

    /// What was asked for and is not there yet, for assertions.
    public synchronized Map<ObjectKey, RetrievalSpeed> coming() {
        return Map.copyOf(coming);
    }

    /// Brings back an object that was asked for, which takes S3 hours.
    public synchronized void bringBack(ObjectKey key) {
        if (coming.remove(key) == null) throw new IllegalStateException("nobody asked for " + key);
        back.add(key);
    }

    @Override
    public synchronized Optional<StoreRules> rules() {
        return rules;
    }

    public synchronized void rules(StoreRules rules) {
        this.rules = Optional.of(rules);
    }

    /// From now on objects can be locked, as in a bucket with Object Lock.
    public synchronized InMemoryObjectStore lockable() {
        lockable = true;
        return this;
    }

    /// Says, as a person does, that an object stays, or that it need not stay any more.
    public synchronized void legalHold(ObjectKey key, boolean held) {
        existing(key);
        locks.put(key, new ObjectLock(locks.getOrDefault(key, ObjectLock.NONE).retained(), held));
    }

    @Override
    public synchronized Optional<Locking> locking() {
        return lockable ? Optional.of(new Locks()) : Optional.empty();
    }

    @Override
    public synchronized void abort(PendingUpload upload) {
        pending.remove(upload.id());
    }

    /// Changes an object behind the store's back: size and checksum stay what they were.
    public synchronized void damage(ObjectKey key, UnaryOperator<byte[]> damage) {
        var entry = existing(key);
        objects.put(key, new Entry(damage.apply(entry.content.clone()), entry.stored));
    }

    /// What is there, for assertions.
    public synchronized List<String> keys() {
        var keys = new ArrayList<String>();
        for (var key : objects.keySet()) keys.add(key.value());
        return keys;
    }

    private StoredObject store(ObjectKey key, byte[] content) {
        refuseFolders(key);
        var stored =
                new StoredObject(
                        key,
                        content.length,
                        clock.instant(),
                        Optional.of(ObjectChecksum.of(content)),
                        Optional.of("v" + ++writes),
                        Optional.of(StorageClass.STANDARD));
        objects.put(key, new Entry(content.clone(), stored));
        return stored;
    }

    // As a directory would: who relies on it on S3 alone learns it here.
    private void refuseFolders(ObjectKey key) {
        var value = key.value();
        var clash =
                objects.keySet().stream().anyMatch(other -> other.value().startsWith(value + "/"));
        for (var slash = value.indexOf('/'); slash >= 0; slash = value.indexOf('/', slash + 1))
            clash |= objects.containsKey(new ObjectKey(value.substring(0, slash)));
        if (clash)
            throw new Problem(
                    ErrorCode.STORE_FAILED,
                    "key " + key + " is a folder of another key, or the other way round",
                    "Choose another key.");
    }

    private static String token(Entry entry) {
        return entry.stored.versionId().orElseThrow();
    }

    private static Problem exists(ObjectKey key) {
        return new Problem(
                ErrorCode.OBJECT_EXISTS,
                "object " + key + " is already in the store",
                "Someone else wrote it; nothing was changed.");
    }

    private static void refuseTooLarge(ObjectKey key, byte[] content) {
        if (content.length > DOCUMENT_LIMIT)
            throw new Problem(
                    ErrorCode.UPLOAD_TOO_LARGE,
                    "object " + key + " is too large for a document",
                    "Upload it as a stream.");
    }

    private final class Locks implements Locking {
        @Override
        public ObjectLock lockOf(ObjectKey key) {
            synchronized (InMemoryObjectStore.this) {
                existing(key);
                return locks.getOrDefault(key, ObjectLock.NONE);
            }
        }

        @Override
        public void lock(ObjectKey key, LockMode mode, Instant until) {
            synchronized (InMemoryObjectStore.this) {
                var known = lockOf(key);
                if (known.covers(mode, until)) return;
                locks.put(key, known.lengthened(mode, until));
            }
        }

        @Override
        public Stream<HiddenObject> hidden(String prefix, Predicate<ObjectKey> about) {
            synchronized (InMemoryObjectStore.this) {
                return hidden.keySet().stream()
                        .filter(key -> key.value().startsWith(prefix) && about.test(key))
                        .filter(key -> !objects.containsKey(key))
                        .map(key -> new HiddenObject(key, locks.getOrDefault(key, ObjectLock.NONE)))
                        .toList()
                        .stream();
            }
        }
    }

    private final class Upload implements ObjectUpload {
        private final PendingUpload begun;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Upload(PendingUpload begun) {
            this.begun = begun;
        }

        @Override
        public void write(byte[] chunk, int offset, int length) {
            bytes.write(chunk, offset, length);
        }

        @Override
        public StoredObject complete() {
            synchronized (InMemoryObjectStore.this) {
                if (!pending.containsKey(begun.id()))
                    throw new Problem(
                            ErrorCode.STORE_FAILED,
                            "the upload of " + begun.key() + " was aborted by someone else",
                            "Run it again.");
                if (objects.containsKey(begun.key())) throw exists(begun.key());
                var stored = store(begun.key(), bytes.toByteArray());
                pending.remove(begun.id());
                return stored;
            }
        }

        @Override
        public void close() {
            abort(begun);
        }
    }
}
