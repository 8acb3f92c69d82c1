package io.pgvigil.task.physical;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import io.pgvigil.archive.ArchiveException;
import io.pgvigil.archive.tar.TarListener;
import io.pgvigil.archive.tar.TarScanner;
import io.pgvigil.core.Crc32c;
import io.pgvigil.core.backup.Manifest.ManifestObject;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ByteRange;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.task.Archives;
import io.pgvigil.task.InOrder;
import io.pgvigil.wire.BaseDocument;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Reads a stored tar archive: fetches pieces of it ahead, and decompresses and hands on their frames in
/// order. Where the archive has sections, several of them are read at a time, each in its order.
///
/// Memory is bounded by the pieces under way.
final class FrameReader {
    /// What one request fetches: large enough that requests cost little, and any frame fits.
    private static final int PIECE = (int) Zstd.compressBound(FramedStream.FRAME);

    private final ObjectReader store;
    private final int fetches;
    private final int lanes;
    private final Queue<byte[]> spare = new ConcurrentLinkedQueue<>();

    /// @param fetches how many pieces are fetched at a time, of all lanes together
    /// @param lanes how many sections are handed on at a time, if there are as many
    FrameReader(ObjectReader store, int fetches, int lanes) {
        this.store = store;
        this.fetches = fetches;
        this.lanes = lanes;
    }

    /// Returns when the whole archive was read and every byte of the object was what was stored.
    ///
    /// @param unpackings one for each lane
    void read(
            ManifestObject object,
            BaseDocument.Archive archive,
            Supplier<Unpacking> unpackings,
            LongConsumer moved) {
        new Reading(object, archive, moved).perform(unpackings);
    }

    /// Frames that can be unpacked without those before them.
    ///
    /// @param crc of what is stored of them, once they were read
    private record Section(int from, int to, long bytes, long storedBytes, CRC32C crc) {}

    /// Frames of one section that are fetched together.
    private record Piece(Section section, int from, int to) {}

    /// @param room is used again when the piece was unpacked
    private record Fetched(Piece piece, byte[] room) {}

    private final class Reading {
        private final ManifestObject object;
        private final BaseDocument.Archive archive;
        private final LongConsumer moved;
        private final Queue<Section> waiting = new ConcurrentLinkedQueue<>();
        private long read;
        private volatile boolean failed;

        Reading(ManifestObject object, BaseDocument.Archive archive, LongConsumer moved) {
            this.object = object;
            this.archive = archive;
            this.moved = moved;
        }

        void perform(Supplier<Unpacking> unpackings) {
            var sections = sections();
            // The largest first, so that the lanes are done at about the same time.
            sections.stream()
                    .sorted(Comparator.comparingLong(Section::bytes).reversed())
                    .forEach(waiting::add);
            var atOnce = Math.min(lanes, sections.size());
            var ahead = Math.ceilDiv(fetches, atOnce);
            InOrder.together(
                    Collections.nCopies(atOnce, unpackings), unpacking -> lane(unpacking, ahead));
            var crc = 0;
            for (var section : sections)
                crc = Crc32c.joined(crc, (int) section.crc().getValue(), section.storedBytes());
            var found = "%08x".formatted(crc);
            if (!found.equals(object.crc32c()) || read != archive.bytes())
                throw damaged(
                        object,
                        "it has CRC-32C " + found + ", and " + object.crc32c() + " was stored");
        }

        /// There is at least one.
        private List<Section> sections() {
            var begins = new ArrayList<>(archive.sections().orElse(List.of(0L)));
            begins.add(archive.bytes());
            var sections = new ArrayList<Section>();
            var frame = 0;
            for (var end : begins.subList(1, begins.size())) {
                var from = frame;
                while (frame < archive.frames().size() && begin(frame) < end) frame++;
                if (begin(from) != begins.get(sections.size())
                        || begin(frame) != end
                        || frame == from) throw impossible("section");
                sections.add(
                        new Section(
                                from,
                                frame,
                                end - begin(from),
                                storedBegin(frame) - storedBegin(from),
                                new CRC32C()));
            }
            if (sections.isEmpty()) throw impossible("section");
            return sections;
        }

        /// Of the frame behind the last one, where the archive ends.
        private long begin(int frame) {
            var frames = archive.frames();
            return frame == frames.size() ? archive.bytes() : frames.get(frame).archiveOffset();
        }

        private long storedBegin(int frame) {
            var frames = archive.frames();
            return frame == frames.size()
                    ? archive.storedBytes()
                    : frames.get(frame).storedOffset();
        }

        private void lane(Supplier<Unpacking> unpackings, int ahead) {
            try (var unpacking = unpackings.get()) {
                var lane = new Lane(unpacking);
                InOrder.each(() -> lane, ahead, this::fetch, lane::unpack);
            } catch (ArchiveException e) {
                failed = true;
                throw Archives.problem(object.key().value(), e);
            } catch (RuntimeException e) {
                failed = true;
                throw e;
            }
        }

        /// One section after the other, as long as there are any.
        private final class Lane implements Iterator<Piece> {
            private final TarListener listener;
            private final byte[] content = new byte[FramedStream.FRAME];
            private TarScanner scanner;

            /// What is unpacked is behind it, by as much as is fetched ahead.
            private @Nullable Section fetching;

            private int next;

            Lane(TarListener listener) {
                this.listener = listener;
                this.scanner = new TarScanner(listener);
            }

            @Override
            public boolean hasNext() {
                if (fetching == null || next == fetching.to()) {
                    fetching = waiting.poll();
                    next = fetching == null ? 0 : fetching.from();
                }
                return fetching != null && !failed;
            }

            @Override
            public Piece next() {
                if (fetching == null) throw new NoSuchElementException();
                var from = next++;
                while (next < fetching.to() && storedBegin(next + 1) - storedBegin(from) <= PIECE)
                    next++;
                return new Piece(fetching, from, next);
            }

            void unpack(Fetched fetched) {
                var piece = fetched.piece();
                var section = piece.section();
                var begin = storedBegin(piece.from());
                for (var frame = piece.from(); frame < piece.to(); frame++) {
                    var offset = (int) (storedBegin(frame) - begin);
                    var stored = (int) (storedBegin(frame + 1) - storedBegin(frame));
                    var length = (int) (begin(frame + 1) - begin(frame));
                    decompress(fetched.room(), offset, stored, content, length);
                    section.crc().update(fetched.room(), offset, stored);
                    scanner.feed(content, 0, length);
                    passed(length);
                }
                spare.add(fetched.room());
                if (piece.to() < section.to()) return;
                if (section.to() == archive.frames().size()) scanner.finish();
                else scanner.finishPart();
                scanner = new TarScanner(listener);
            }
        }

        private synchronized void passed(int bytes) {
            read += bytes;
            moved.accept(read);
        }

        private Fetched fetch(Piece piece) {
            var begin = storedBegin(piece.from());
            var length = storedBegin(piece.to()) - begin;
            if (length <= 0 || length > PIECE) throw impossible("frame");
            var next = spare.poll();
            var room = next == null ? new byte[PIECE] : next;
            try (var in = store.read(object.key(), new ByteRange(begin, length))) {
                if (in.readNBytes(room, 0, (int) length) < length)
                    throw damaged(object, "it is shorter than what was stored");
                return new Fetched(piece, room);
            } catch (IOException e) {
                if (e.getCause() instanceof Problem problem) throw problem;
                throw damaged(object, "it cannot be read: " + e.getMessage());
            }
        }

        private void decompress(byte[] room, int offset, int stored, byte[] content, int length) {
            if (stored <= 0 || length < 0 || length > content.length) throw impossible("frame");
            try {
                var size = Zstd.decompressByteArray(content, 0, length, room, offset, stored);
                if (Zstd.isError(size) || size != length)
                    throw damaged(object, "a frame of it does not decompress to what it was");
            } catch (ZstdException e) {
                throw damaged(object, "a frame of it does not decompress: " + e.getMessage());
            }
        }

        private Problem impossible(String what) {
            return damaged(object, "its facts describe a " + what + " that cannot be");
        }
    }

    private static Problem damaged(ManifestObject object, String why) {
        return new Problem(
                ErrorCode.OBJECT_DAMAGED,
                object.key() + " is damaged: " + why,
                "Bytes changed after they were stored. Restore from another backup.");
    }
}
