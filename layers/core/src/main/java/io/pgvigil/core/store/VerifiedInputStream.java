package io.pgvigil.core.store;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/// A whole object on its way out of a store: the end is reached only when every byte is the one
/// that was stored, otherwise the last `read` throws a `Problem` with `OBJECT_DAMAGED`.
public final class VerifiedInputStream extends InputStream {
    private final InputStream in;
    private final ObjectKey key;
    private final long size;
    private final Optional<String> crc32c;
    private final ObjectChecksum seen = new ObjectChecksum();

    public VerifiedInputStream(InputStream in, ObjectKey key, long size, Optional<String> crc32c) {
        this.in = in;
        this.key = key;
        this.size = size;
        this.crc32c = crc32c;
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        var count = in.read(bytes, offset, length);
        if (count >= 0) seen.update(bytes, offset, count);
        else verify();
        return count;
    }

    // `skip` is inherited: it reads, so that the checksum sees every byte.

    private void verify() {
        if (seen.size() != size)
            throw damaged(seen.size() + " bytes were read where " + size + " were stored");
        if (crc32c.isPresent() && !crc32c.get().equals(seen.crc32c()))
            throw damaged("its CRC-32C is " + seen.crc32c() + " and was " + crc32c.get());
    }

    private Problem damaged(String how) {
        return new Problem(
                ErrorCode.OBJECT_DAMAGED,
                "object " + key + " is not what was stored: " + how,
                "Restore from another backup or copy, and check the storage underneath.");
    }

    @Override
    public int available() throws IOException {
        return in.available();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
