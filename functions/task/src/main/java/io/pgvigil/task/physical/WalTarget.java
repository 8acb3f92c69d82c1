package io.pgvigil.task.physical;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.pgvigil.core.ByteSize;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.ObjectUpload;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// A piece of log on its way into the store, unless it is there already: then only its content is
/// compared. WAL is stored once and never overwritten.
final class WalTarget implements AutoCloseable {
    private final ObjectStore store;
    private final ObjectKey key;
    private final CRC32C crc = new CRC32C();
    private final @Nullable ObjectUpload upload;
    private final OutputStream zstd;
    private long length;

    /// @param there whether it is known to be in the store
    WalTarget(ObjectStore store, ObjectKey key, int level, boolean there) throws IOException {
        this.store = store;
        this.key = key;
        upload = there ? null : begin();
        var out = upload;
        if (out == null) {
            zstd = OutputStream.nullOutputStream();
        } else {
            var packed = new ZstdOutputStreamNoFinalizer(new UploadStream(out), level);
            packed.setChecksum(true);
            zstd = packed;
        }
    }

    private @Nullable ObjectUpload begin() {
        try {
            return store.upload(key);
        } catch (Problem problem) {
            if (problem.code() == ErrorCode.OBJECT_EXISTS) return null;
            throw problem;
        }
    }

    void write(byte[] content, int offset, int count) throws IOException {
        crc.update(content, offset, count);
        length += count;
        zstd.write(content, offset, count);
    }

    /// Whether it was stored just now; false when it was there with the same content.
    ///
    /// @throws Problem with `WAL_CONFLICT` when it was there with other content
    boolean complete() throws IOException {
        var out = upload;
        zstd.close();
        try {
            if (out != null) {
                out.complete();
                return true;
            }
        } catch (Problem problem) {
            if (problem.code() != ErrorCode.OBJECT_EXISTS) throw problem;
        }
        requireSame();
        return false;
    }

    private void requireSame() throws IOException {
        var other = new CRC32C();
        var otherLength = 0L;
        try (var in = new ZstdInputStreamNoFinalizer(store.read(key))) {
            var buffer = new byte[1 << 16];
            for (int count; (count = in.read(buffer)) >= 0; otherLength += count)
                other.update(buffer, 0, count);
        }
        if (otherLength == length && other.getValue() == crc.getValue()) return;
        throw conflict(
                key,
                "it holds %s with CRC-32C %08x, and there is one of %s with %08x"
                        .formatted(
                                ByteSize.of(otherLength),
                                other.getValue(),
                                ByteSize.of(length),
                                crc.getValue()));
    }

    static Problem conflict(ObjectKey key, String why) {
        return new Problem(
                ErrorCode.WAL_CONFLICT,
                key + " is stored with other content: " + why,
                "WAL is never overwritten. Do two servers harvest under one name, or was one restored and"
                        + " started beside the other? Give one of them another name.");
    }

    @Override
    public void close() {
        try {
            zstd.close();
        } catch (IOException | RuntimeException unwanted) {
            // Its last words go to an upload that is complete or given up.
        }
        var out = upload;
        if (out != null) out.close();
    }
}
