package io.pgvigil.archive;

import static io.pgvigil.archive.ArchiveException.Kind.UNSUPPORTED_CONTENT;
import static io.pgvigil.archive.ArchiveException.damaged;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/// The content of one table or one large object, decompressed. Readable as a stream, or, without a
/// copy, through [#drainTo]. Valid until the reader moves on; not for use by several threads.
public final class BlockContent extends InputStream {
    private static final int INFLATED_BYTES = 64 * 1024;

    private final ArchiveCursor cursor;
    private final String compression;
    private final String what;
    private @Nullable Pieces pieces;
    private int chunkLeft;
    private boolean ended;

    // The piece that read() is in the middle of.
    private byte[] piece = {};
    private int pieceIndex;
    private int pieceEnd;
    private boolean lastPiece;

    BlockContent(ArchiveCursor cursor, String compression, String what) {
        this.cursor = cursor;
        this.what = what;
        this.compression = compression;
    }

    /// Moves on to the next bytes, decompressed. False at the end of the content.
    private interface Pieces {
        boolean next() throws IOException;
    }

    /// Gives everything that is left to the sink, in pieces of the archive's own making: they begin
    /// and end anywhere.
    ///
    /// @return number of bytes given
    public long drainTo(ByteSink sink) throws IOException {
        var count = 0L;
        while (pieceIndex < pieceEnd || nextPiece()) {
            var length = pieceEnd - pieceIndex;
            sink.accept(piece, pieceIndex, length);
            pieceIndex = pieceEnd;
            count += length;
        }
        return count;
    }

    @Override
    public int read() throws IOException {
        if (pieceIndex >= pieceEnd && !nextPiece()) return -1;
        return piece[pieceIndex++] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, into.length);
        if (length == 0) return 0;
        if (pieceIndex >= pieceEnd && !nextPiece()) return -1;
        var count = Math.min(length, pieceEnd - pieceIndex);
        System.arraycopy(piece, pieceIndex, into, offset, count);
        pieceIndex += count;
        return count;
    }

    private boolean nextPiece() throws IOException {
        if (lastPiece) return false;
        if (pieces == null) pieces = decompressed();
        if (pieces.next()) return true;
        lastPiece = true;
        return false;
    }

    private Pieces decompressed() {
        return switch (compression) {
            case "none" -> this::nextStored;
            case "gzip" -> new Inflating();
            default ->
                    throw new ArchiveException(
                            UNSUPPORTED_CONTENT,
                            cursor.offset(),
                            "%s is compressed with %s; only uncompressed and gzip data can be read"
                                    .formatted(what, compression));
        };
    }

    /// Reads to the terminator without looking at (or decompressing) what is left.
    void skipRest() throws IOException {
        pieceIndex = pieceEnd;
        lastPiece = true;
        if (pieces instanceof Inflating inflating) inflating.inflater.end();
        while (nextChunk()) {
            cursor.skip(chunkLeft, what);
            chunkLeft = 0;
        }
    }

    /// At the beginning of a chunk or within one: makes sure that `chunkLeft` counts something.
    private boolean nextChunk() throws IOException {
        if (chunkLeft > 0) return true;
        if (ended) return false;
        var at = cursor.offset();
        var length = cursor.integer(what);
        if (length < 0) throw damaged(at, "a chunk of " + length + " bytes in " + what);
        ended = length == 0;
        chunkLeft = length;
        return !ended;
    }

    private boolean nextStored() throws IOException {
        if (!nextChunk()) return false;
        if (!cursor.hasMore()) throw cursor.truncated(what);
        var count = Math.min(chunkLeft, cursor.available());
        piece = cursor.array();
        pieceIndex = cursor.index();
        pieceEnd = pieceIndex + count;
        cursor.advance(count);
        chunkLeft -= count;
        return true;
    }

    /// One zlib stream over all chunks of the content.
    private final class Inflating implements Pieces {
        private final Inflater inflater = new Inflater();
        private final byte[] inflated = new byte[INFLATED_BYTES];

        @Override
        public boolean next() throws IOException {
            try {
                while (true) {
                    var count = inflater.inflate(inflated);
                    if (count > 0) {
                        piece = inflated;
                        pieceIndex = 0;
                        pieceEnd = count;
                        return true;
                    }
                    if (inflater.finished()) return finish();
                    if (inflater.needsDictionary())
                        throw damaged(cursor.offset(), what + " asks for a zlib dictionary");
                    feed();
                }
            } catch (DataFormatException e) {
                throw damaged(cursor.offset(), what + " is not valid zlib data");
            }
        }

        private void feed() throws IOException {
            if (!nextStored())
                throw damaged(cursor.offset(), "the zlib data of " + what + " ends early");
            inflater.setInput(piece, pieceIndex, pieceEnd - pieceIndex);
            pieceIndex = pieceEnd;
        }

        private boolean finish() throws IOException {
            if (inflater.getRemaining() > 0 || nextChunk())
                throw damaged(cursor.offset(), "bytes after the zlib data of " + what);
            return false;
        }
    }
}
