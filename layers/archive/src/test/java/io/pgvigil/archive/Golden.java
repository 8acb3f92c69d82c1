package io.pgvigil.archive;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/// The archives under `golden/`, and inputs that cut them into buffers of any size.
public final class Golden {
    private Golden() {}

    public static byte[] archive(String name) {
        try (var in = Golden.class.getResourceAsStream("/golden/" + name + ".pgdump")) {
            if (in == null) throw new IllegalArgumentException("no golden archive " + name);
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Hands out buffers of this size and scribbles over each as soon as it is given back.
    public static ArchiveInput buffersOf(int bytes, byte[] archive) {
        var in = new ByteArrayInputStream(archive);
        var last = new byte[bytes + 2];
        return () -> {
            java.util.Arrays.fill(last, (byte) 0xEE);
            // Not at the beginning of the array: positions and offsets must be kept apart.
            var count = in.read(last, 1, bytes);
            return count < 0 ? null : ByteBuffer.wrap(last, 1, count).slice();
        };
    }

    public static ArchiveInput whole(byte[] archive) {
        return ArchiveInput.of(new ByteArrayInputStream(archive), Math.max(1, archive.length));
    }
}
