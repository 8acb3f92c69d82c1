package io.pgvigil.task.physical;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import io.pgvigil.archive.ArchiveException;
import io.pgvigil.archive.tar.TarListener;
import io.pgvigil.archive.tar.TarScanner;
import io.pgvigil.core.backup.Manifest.ManifestObject;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ByteRange;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.task.Archives;
import io.pgvigil.task.InOrder;
import io.pgvigil.wire.BaseDocument;
import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

/// Reads a stored tar archive: fetches and decompresses several frames at a time, and hands them on in
/// order. Memory is bounded by the frames under way.
final class FrameReader {
    private final ObjectReader store;
    private final int ahead;
    private final Queue<Frame> spare = new ConcurrentLinkedQueue<>();

    FrameReader(ObjectReader store, int ahead) {
        this.store = store;
        this.ahead = ahead;
    }

    /// A frame as it is stored and as it was, used again for later ones: arrays of this size would fill the
    /// heap before anybody collected them.
    private static final class Frame {
        private final byte[] stored = new byte[(int) Zstd.compressBound(FramedStream.FRAME)];
        private final byte[] content = new byte[FramedStream.FRAME];
        private int storedLength;
        private int length;
    }

    /// Returns when the whole archive was read and every byte of the object was what was stored.
    void read(
            ManifestObject object,
            BaseDocument.Archive archive,
            TarListener listener,
            LongConsumer moved) {
        var scanner = new TarScanner(listener);
        var crc = new CRC32C();
        var indexes = IntStream.range(0, archive.frames().size()).boxed().toList();
        try {
            InOrder.each(
                    indexes,
                    ahead,
                    index -> frame(object, archive, index),
                    frame -> {
                        crc.update(frame.stored, 0, frame.storedLength);
                        scanner.feed(frame.content, 0, frame.length);
                        spare.add(frame);
                        moved.accept(scanner.bytes());
                    });
            scanner.finish();
        } catch (ArchiveException e) {
            throw Archives.problem(object.key().value(), e);
        }
        var found = "%08x".formatted(crc.getValue());
        if (!found.equals(object.crc32c()) || scanner.bytes() != archive.bytes())
            throw damaged(
                    object, "it has CRC-32C " + found + ", and " + object.crc32c() + " was stored");
    }

    private Frame frame(ManifestObject object, BaseDocument.Archive archive, int index) {
        var frames = archive.frames();
        var known = frames.get(index);
        var last = index + 1 == frames.size();
        var end = last ? archive.storedBytes() : frames.get(index + 1).storedOffset();
        var length =
                (last ? archive.bytes() : frames.get(index + 1).archiveOffset())
                        - known.archiveOffset();
        var stored = end - known.storedOffset();
        var next = spare.poll();
        var frame = next == null ? new Frame() : next;
        if (length < 0
                || length > frame.content.length
                || stored <= 0
                || stored > frame.stored.length)
            throw damaged(object, "its facts describe a frame that cannot be");
        try (var in = store.read(object.key(), new ByteRange(known.storedOffset(), stored))) {
            frame.length = (int) length;
            frame.storedLength = in.readNBytes(frame.stored, 0, (int) stored);
            var size =
                    Zstd.decompressByteArray(
                            frame.content, 0, frame.length, frame.stored, 0, frame.storedLength);
            if (frame.storedLength != stored || Zstd.isError(size) || size != length)
                throw damaged(object, "a frame of it does not decompress to what it was");
            return frame;
        } catch (ZstdException e) {
            throw damaged(object, "a frame of it does not decompress: " + e.getMessage());
        } catch (IOException e) {
            if (e.getCause() instanceof Problem problem) throw problem;
            throw damaged(object, "it cannot be read: " + e.getMessage());
        }
    }

    private static Problem damaged(ManifestObject object, String why) {
        return new Problem(
                ErrorCode.OBJECT_DAMAGED,
                object.key() + " is damaged: " + why,
                "Bytes changed after they were stored. Restore from another backup.");
    }
}
