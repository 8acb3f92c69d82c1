package io.pgvigil.task;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.pgvigil.archive.ArchiveException;
import io.pgvigil.archive.ArchiveInput;
import io.pgvigil.archive.ArchiveLimits;
import io.pgvigil.archive.BlockListener;
import io.pgvigil.archive.facts.ArchiveFacts;
import io.pgvigil.archive.facts.ArchiveTap;
import io.pgvigil.archive.facts.Splice;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ByteRange;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.wire.FactsDocument;
import io.pgvigil.wire.Json;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.zip.CRC32C;

/// The objects of one backup, read with every check there is: length and CRC-32C against the
/// manifest, zstd's own checksums, and the archive's format.
///
/// Whatever is wrong is a problem with one of the codes that [#damage] knows.
public final class StoredBackup {
    /// Globals and facts are small; more than this is not ours.
    private static final int SMALL_LIMIT = 1 << 30;

    private final ObjectReader store;
    private final Manifest manifest;
    private final Progress progress;

    public StoredBackup(ObjectReader store, Manifest manifest, Progress progress) {
        this.store = store;
        this.manifest = manifest;
        this.progress = progress;
    }

    /// Whether a problem says that the backup itself is bad, rather than that it could not be read.
    public static boolean damage(Problem problem) {
        return switch (problem.code()) {
            case OBJECT_DAMAGED,
                    OBJECT_MISSING,
                    DOCUMENT_INVALID,
                    ARCHIVE_DAMAGED,
                    ARCHIVE_TRUNCATED,
                    ARCHIVE_INCOMPLETE ->
                    true;
            default -> false;
        };
    }

    public String globals() {
        var packed = whole("globals");
        return new String(unpack("globals", packed), StandardCharsets.UTF_8);
    }

    public FactsDocument facts() {
        return Json.read(
                new Document(manifest.object("facts").key(), whole("facts"), ""),
                FactsDocument.class,
                FactsDocument.FORMAT);
    }

    /// The document of facts as it is stored, checked; its shape depends on the backup's kind.
    public Document factsDocument() {
        return new Document(manifest.object("facts").key(), whole("facts"), "");
    }

    /// Reads the log for its checksum alone.
    public void checkLog() {
        whole("log");
    }

    /// Writes the uncompressed archive to a file and learns its facts on the way.
    public ArchiveFacts spool(Path file) {
        var object = manifest.object("data");
        progress.stage("fetch", object.key().value(), manifest.totals().archiveBytes());
        try (var stored = new Checked(store.read(object.key()));
                var archive = new ZstdInputStreamNoFinalizer(stored);
                var out = Files.newOutputStream(file)) {
            var facts =
                    new ArchiveTap(
                                    BlockListener.NONE,
                                    (bytes, rows, entry) -> progress.moved(bytes, rows),
                                    ArchiveLimits.STANDARD)
                            .drain(copying(archive, out));
            // The last frame's end says nothing about what may follow it.
            stored.transferTo(OutputStream.nullOutputStream());
            stored.require(object);
            return facts;
        } catch (ArchiveException e) {
            throw Archives.problem(object.key().value(), e);
        } catch (IOException e) {
            throw unreadable(object, e);
        }
    }

    /// Writes the parts of the archive that hold the header, the table of contents, and the data of
    /// some entries; it is an archive from which those entries can be restored. Reads only the frames
    /// they are in.
    public void spool(Path file, FactsDocument facts, Set<Integer> entries) {
        var splice = Splice.of(facts.archive(), entries);
        progress.stage(
                "fetch",
                entries.size() == 1 ? "1 table" : entries.size() + " tables",
                splice.bytes());
        try (var out = Files.newOutputStream(file)) {
            for (var range : splice.ranges()) copy(facts, range.offset(), range.length(), out);
        } catch (IOException e) {
            throw unreadable(manifest.object("data"), e);
        }
    }

    private void copy(FactsDocument facts, long offset, long length, OutputStream out)
            throws IOException {
        var frames = facts.frames();
        var first = 0;
        var end = frames.size();
        for (var i = 0; i < frames.size(); i++) {
            if (frames.get(i).archiveOffset() <= offset) first = i;
            if (frames.get(i).archiveOffset() >= offset + length) end = Math.min(end, i);
        }
        var begin = frames.get(first).storedOffset();
        var stop = end < frames.size() ? frames.get(end).storedOffset() : facts.storedBytes();
        var range = new ByteRange(begin, stop - begin);
        try (var stored = store.read(manifest.object("data").key(), range);
                var archive = new ZstdInputStreamNoFinalizer(stored)) {
            archive.skipNBytes(offset - frames.get(first).archiveOffset());
            var left = length;
            var buffer = new byte[ArchiveInput.BUFFER_BYTES];
            while (left > 0) {
                var count = archive.read(buffer, 0, (int) Math.min(buffer.length, left));
                if (count < 0) throw new IOException("the frames end " + left + " bytes too early");
                out.write(buffer, 0, count);
                left -= count;
                progress.moved(length - left, 0);
            }
        }
    }

    private byte[] whole(String role) {
        var object = manifest.object(role);
        try (var stored = new Checked(store.read(object.key()))) {
            if (object.size() > SMALL_LIMIT) throw new IOException("it is too large");
            var bytes = stored.readNBytes((int) object.size() + 1);
            stored.require(object);
            return bytes;
        } catch (IOException e) {
            throw unreadable(object, e);
        }
    }

    private byte[] unpack(String role, byte[] packed) {
        try (var in = new ZstdInputStreamNoFinalizer(new ByteArrayInputStream(packed))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw unreadable(manifest.object(role), e);
        }
    }

    private static ArchiveInput copying(InputStream archive, OutputStream out) {
        var buffer = new byte[ArchiveInput.BUFFER_BYTES];
        return () -> {
            var count = archive.read(buffer);
            if (count < 0) return null;
            out.write(buffer, 0, count);
            return ByteBuffer.wrap(buffer, 0, count);
        };
    }

    private static Problem unreadable(Manifest.ManifestObject object, IOException e) {
        if (e.getCause() instanceof Problem problem) return problem;
        return new Problem(
                ErrorCode.OBJECT_DAMAGED,
                object.key() + " cannot be read to its end: " + e.getMessage(),
                "Bytes changed after they were stored, or the disk here is full. Try another backup.",
                e);
    }

    /// Counts and checks what passes.
    private static final class Checked extends FilterInputStream {
        private final CRC32C crc = new CRC32C();
        private long count;

        Checked(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            var read = super.read(bytes, offset, length);
            if (read > 0) {
                crc.update(bytes, offset, read);
                count += read;
            }
            return read;
        }

        void require(Manifest.ManifestObject object) {
            var found = "%08x".formatted(crc.getValue());
            if (count == object.size() && found.equals(object.crc32c())) return;
            throw new Problem(
                    ErrorCode.OBJECT_DAMAGED,
                    "%s has %d bytes with CRC-32C %s, and %d bytes with %s were stored"
                            .formatted(object.key(), count, found, object.size(), object.crc32c()),
                    "Bytes changed after they were stored. Restore from another backup.");
        }
    }
}
