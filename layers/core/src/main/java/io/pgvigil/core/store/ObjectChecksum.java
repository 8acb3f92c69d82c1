package io.pgvigil.core.store;

import java.util.HexFormat;
import java.util.zip.CRC32C;

/// Size and CRC-32C of an object, taken while its bytes pass. Not thread-safe.
public final class ObjectChecksum {
    private final CRC32C crc = new CRC32C();
    private long size;

    public static String of(byte[] content) {
        var checksum = new ObjectChecksum();
        checksum.update(content, 0, content.length);
        return checksum.crc32c();
    }

    public void update(byte[] bytes, int offset, int length) {
        crc.update(bytes, offset, length);
        size += length;
    }

    public long size() {
        return size;
    }

    /// Eight lower-case hexadecimal digits, as in [StoredObject#crc32c()].
    public String crc32c() {
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }
}
