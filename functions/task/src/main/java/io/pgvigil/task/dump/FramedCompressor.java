package io.pgvigil.task.dump;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.pgvigil.core.store.ObjectUpload;
import io.pgvigil.wire.FactsDocument.Frame;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/// Compresses an archive into zstd frames that begin where it is told, and at least every
/// [#FRAME_LIMIT] bytes, so that any part of it can be fetched and decompressed alone.
///
/// Frames stand behind each other: `zstd -d` reads the object as one.
final class FramedCompressor implements AutoCloseable {
    static final long FRAME_LIMIT = 64L << 20;

    private final ZstdOutputStreamNoFinalizer zstd;
    private final CountingUpload sink;
    private final List<Frame> frames = new ArrayList<>();
    private long archiveOffset;
    private long frameBegin;

    FramedCompressor(ObjectUpload upload, int level, int workers) throws IOException {
        sink = new CountingUpload(upload);
        zstd = new ZstdOutputStreamNoFinalizer(sink, level);
        zstd.setWorkers(workers);
        // Each frame carries a checksum of its content, which zstd -d verifies by itself.
        zstd.setChecksum(true);
        zstd.setCloseFrameOnFlush(true);
        frames.add(new Frame(0, 0));
    }

    void write(byte[] bytes, int offset, int length) throws IOException {
        var done = 0;
        while (done < length) {
            var room = FRAME_LIMIT - (archiveOffset - frameBegin);
            var piece = (int) Math.min(room, length - done);
            zstd.write(bytes, offset + done, piece);
            archiveOffset += piece;
            done += piece;
            if (archiveOffset - frameBegin == FRAME_LIMIT) cut();
        }
    }

    /// The next byte begins a frame.
    void cut() throws IOException {
        if (archiveOffset == frameBegin) return;
        zstd.flush();
        frameBegin = archiveOffset;
        frames.add(new Frame(archiveOffset, sink.count));
    }

    /// Ends the last frame. The frames are complete afterwards.
    void finish() throws IOException {
        zstd.flush();
        // A cut at the very end announced a frame that never came.
        if (frames.size() > 1 && frames.getLast().archiveOffset() == archiveOffset)
            frames.removeLast();
    }

    List<Frame> frames() {
        return List.copyOf(frames);
    }

    long storedBytes() {
        return sink.count;
    }

    @Override
    public void close() throws IOException {
        sink.closed = true;
        zstd.close();
    }

    private static final class CountingUpload extends OutputStream {
        private final ObjectUpload upload;
        private long count;
        private boolean closed;

        CountingUpload(ObjectUpload upload) {
            this.upload = upload;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            // Closing an unfinished compressor writes an epilogue nobody wants any more.
            if (closed) return;
            upload.write(bytes, offset, length);
            count += length;
        }
    }
}
