package io.pgvigil.task.physical;

import io.pgvigil.core.store.ObjectUpload;
import java.io.OutputStream;

/// Bytes on their way into an upload. Closing completes nothing.
final class UploadStream extends OutputStream {
    private final ObjectUpload upload;

    UploadStream(ObjectUpload upload) {
        this.upload = upload;
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        upload.write(bytes, offset, length);
    }
}
