package io.pgvigil.task;

import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.ObjectUpload;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.testkit.ForwardingObjectStore;

/// Does something once, when the data on its way into the store reaches a byte, before that byte is
/// stored.
final class AtByte extends ForwardingObjectStore {
    private final long byteNumber;
    private final Runnable deed;

    AtByte(ObjectStore inner, long byteNumber, Runnable deed) {
        super(inner);
        this.byteNumber = byteNumber;
        this.deed = deed;
    }

    @Override
    public ObjectUpload upload(ObjectKey key) {
        var upload = super.upload(key);
        return key.name().equals(Layout.DATA) ? new Counted(upload) : upload;
    }

    private final class Counted implements ObjectUpload {
        private final ObjectUpload upload;
        private long count;
        private boolean done;

        Counted(ObjectUpload upload) {
            this.upload = upload;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            if (!done && count + length > byteNumber) {
                done = true;
                deed.run();
            }
            count += length;
            upload.write(bytes, offset, length);
        }

        @Override
        public StoredObject complete() {
            if (!done) throw new AssertionError("the data ended before byte " + byteNumber);
            return upload.complete();
        }

        @Override
        public void close() {
            upload.close();
        }
    }
}
