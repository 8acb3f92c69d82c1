package io.pgvigil.testkit;

import io.pgvigil.core.store.ObjectChecksum;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.ObjectUpload;
import io.pgvigil.core.store.StoredObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// A store whose uploads report success for something that is not what was written. What it stores
/// instead can be seen by every other method. Keeps the upload in memory.
public final class LyingObjectStore extends ForwardingObjectStore {
    public enum Lie {
        /// There is no object.
        MISSING,
        /// The second half is gone.
        TRUNCATED,
        /// One bit in the middle is another.
        BIT_FLIPPED,
        /// What one call to `write` brought is gone; the one in the middle.
        PART_DROPPED
    }

    private final ObjectStore inner;
    private final Lie lie;
    private final Predicate<ObjectKey> about;

    public LyingObjectStore(ObjectStore inner, Lie lie) {
        this(inner, lie, _ -> true);
    }

    /// @param about the keys it lies about
    public LyingObjectStore(ObjectStore inner, Lie lie, Predicate<ObjectKey> about) {
        super(inner);
        this.inner = inner;
        this.lie = lie;
        this.about = about;
    }

    @Override
    public ObjectUpload upload(ObjectKey key) {
        var upload = inner.upload(key);
        return about.test(key) ? new Upload(key, upload) : upload;
    }

    private final class Upload implements ObjectUpload {
        private final ObjectKey key;
        private final ObjectUpload upload;
        private final List<byte[]> parts = new ArrayList<>();
        private final ObjectChecksum claimed = new ObjectChecksum();

        Upload(ObjectKey key, ObjectUpload upload) {
            this.key = key;
            this.upload = upload;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            var part = new byte[length];
            System.arraycopy(bytes, offset, part, 0, length);
            parts.add(part);
            claimed.update(part, 0, length);
        }

        @Override
        public StoredObject complete() {
            switch (lie) {
                case MISSING -> upload.close();
                case TRUNCATED -> send(claimed.size() / 2, -1, -1);
                case BIT_FLIPPED -> send(claimed.size(), claimed.size() / 2, -1);
                case PART_DROPPED -> send(claimed.size(), -1, parts.size() / 2);
            }
            return new StoredObject(
                    key,
                    claimed.size(),
                    Instant.EPOCH,
                    Optional.of(claimed.crc32c()),
                    Optional.empty());
        }

        private void send(long length, long flipped, int dropped) {
            long position = 0;
            for (var i = 0; i < parts.size(); i++) {
                var part = parts.get(i);
                var count = (int) Math.min(part.length, length - position);
                if (flipped >= position && flipped < position + count)
                    part[(int) (flipped - position)] ^= 1;
                if (i != dropped) upload.write(part, 0, count);
                position += count;
            }
            upload.complete();
        }

        @Override
        public void close() {
            upload.close();
        }
    }
}
