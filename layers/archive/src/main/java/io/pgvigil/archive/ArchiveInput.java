package io.pgvigil.archive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Where an [ArchiveReader] gets its bytes: large buffers, one after the other, without copying.
///
/// - **One buffer at a time:** calling `next` says that the reader is done with the buffer it got
///   before. A caller that wants to pass the bytes on, to a compressor for instance, does it there.
/// - **Untouched:** the reader changes neither bytes nor position nor limit.
/// - **To the end:** a reader that is driven to the end calls `next` until it answers null, so every
///   byte of the stream has been handed out and given back.
/// - **Before it is given back:** whatever a [BlockListener] hears about an offset, it hears while the
///   reader still holds the buffer with that byte.
@FunctionalInterface
public interface ArchiveInput {
    int BUFFER_BYTES = 256 * 1024;

    /// The next bytes, in a buffer backed by an accessible array; null or an empty buffer at the end.
    @Nullable ByteBuffer next() throws IOException;

    /// Reads the stream through one buffer. Closing the stream stays with the caller.
    static ArchiveInput of(InputStream in) {
        return of(in, BUFFER_BYTES);
    }

    static ArchiveInput of(InputStream in, int bufferBytes) {
        var buffer = new byte[bufferBytes];
        return () -> {
            var count = in.read(buffer);
            return count < 0 ? null : ByteBuffer.wrap(buffer, 0, count);
        };
    }
}
