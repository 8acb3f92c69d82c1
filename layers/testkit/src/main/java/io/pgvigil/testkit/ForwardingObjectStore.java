package io.pgvigil.testkit;

import io.pgvigil.core.store.Access;
import io.pgvigil.core.store.ByteRange;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.HiddenObject;
import io.pgvigil.core.store.LockMode;
import io.pgvigil.core.store.Locking;
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
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// A store in front of a store. Every call passes one of two gates, which a fault overrides.
public abstract class ForwardingObjectStore implements ObjectStore {
    private final ObjectStore inner;

    protected ForwardingObjectStore(ObjectStore inner) {
        this.inner = inner;
    }

    <T> T reading(Supplier<T> call) {
        return call.get();
    }

    /// @param bytes how many the call would add to the store
    <T> T writing(long bytes, Supplier<T> call) {
        return call.get();
    }

    /// Whether closing an upload reaches the store; a process that is dead does not abort.
    boolean closes() {
        return true;
    }

    @Override
    public StoreUri uri() {
        return inner.uri();
    }

    @Override
    public Optional<StoredObject> stat(ObjectKey key) {
        return reading(() -> inner.stat(key));
    }

    @Override
    public Optional<Document> document(ObjectKey key) {
        return reading(() -> inner.document(key));
    }

    @Override
    public InputStream read(ObjectKey key) {
        return reading(() -> inner.read(key));
    }

    @Override
    public InputStream read(ObjectKey key, ByteRange range) {
        return reading(() -> inner.read(key, range));
    }

    @Override
    public Stream<StoredObject> list(String prefix) {
        return reading(() -> inner.list(prefix));
    }

    @Override
    public Stream<StoredObject> list(String prefix, String after) {
        return reading(() -> inner.list(prefix, after));
    }

    @Override
    public List<String> folders(String prefix) {
        return reading(() -> inner.folders(prefix));
    }

    @Override
    public Stream<PendingUpload> pendingUploads(String prefix) {
        return reading(() -> inner.pendingUploads(prefix));
    }

    @Override
    public boolean create(ObjectKey key, byte[] content) {
        return writing(content.length, () -> inner.create(key, content));
    }

    @Override
    public boolean replace(ObjectKey key, byte[] content, String token) {
        return writing(content.length, () -> inner.replace(key, content, token));
    }

    @Override
    public void put(ObjectKey key, byte[] content) {
        writing(
                content.length,
                () -> {
                    inner.put(key, content);
                    return true;
                });
    }

    @Override
    public ObjectUpload upload(ObjectKey key) {
        return new Upload(writing(0, () -> inner.upload(key)));
    }

    @Override
    public void delete(ObjectKey key) {
        writing(
                0,
                () -> {
                    inner.delete(key);
                    return true;
                });
    }

    @Override
    public Access access(ObjectKey key) {
        return reading(() -> inner.access(key));
    }

    @Override
    public void retrieve(ObjectKey key, RetrievalSpeed speed, Duration kept) {
        writing(
                0,
                () -> {
                    inner.retrieve(key, speed, kept);
                    return true;
                });
    }

    @Override
    public void assign(ObjectKey key, String tier, StorageClass to) {
        writing(
                0,
                () -> {
                    inner.assign(key, tier, to);
                    return true;
                });
    }

    @Override
    public Optional<StoreRules> rules() {
        return reading(inner::rules);
    }

    @Override
    public Optional<Locking> locking() {
        return reading(inner::locking).map(Locks::new);
    }

    @Override
    public void abort(PendingUpload upload) {
        writing(
                0,
                () -> {
                    inner.abort(upload);
                    return true;
                });
    }

    private final class Locks implements Locking {
        private final Locking locks;

        Locks(Locking locks) {
            this.locks = locks;
        }

        @Override
        public ObjectLock lockOf(ObjectKey key) {
            return reading(() -> locks.lockOf(key));
        }

        @Override
        public void lock(ObjectKey key, LockMode mode, Instant until) {
            writing(
                    0,
                    () -> {
                        locks.lock(key, mode, until);
                        return true;
                    });
        }

        @Override
        public Stream<HiddenObject> hidden(String prefix, Predicate<ObjectKey> about) {
            return reading(() -> locks.hidden(prefix, about));
        }
    }

    private final class Upload implements ObjectUpload {
        private final ObjectUpload upload;

        Upload(ObjectUpload upload) {
            this.upload = upload;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            writing(
                    length,
                    () -> {
                        upload.write(bytes, offset, length);
                        return true;
                    });
        }

        @Override
        public StoredObject complete() {
            return writing(0, upload::complete);
        }

        @Override
        public void close() {
            if (closes()) upload.close();
        }
    }
}
