package io.pgvigil.local;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectChecksum;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectUpload;
import io.pgvigil.core.store.StoredObject;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/// A file growing under `.incoming/`.
final class FileUpload implements ObjectUpload {
    private static final int BUFFER = 1 << 18;

    private final DirectoryStore store;
    private final ObjectKey key;
    private final Path file;
    private final FileChannel channel;
    private final OutputStream out;
    private final ObjectChecksum checksum = new ObjectChecksum();
    private boolean done;

    FileUpload(DirectoryStore store, ObjectKey key, Path file) throws IOException {
        this.store = store;
        this.key = key;
        this.file = file;
        this.channel = FileChannel.open(file, StandardOpenOption.WRITE);
        this.out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        try {
            out.write(bytes, offset, length);
            checksum.update(bytes, offset, length);
        } catch (IOException e) {
            throw store.problem(e, key);
        }
    }

    @Override
    public StoredObject complete() {
        try {
            finish();
            if (!store.publish(file, key)) throw store.exists(key);
            done = true;
        } catch (IOException e) {
            throw store.problem(e, key);
        }
        var stored =
                store.stat(key)
                        .filter(there -> there.size() == checksum.size())
                        .orElseThrow(() -> different(store.file(key)));
        return new StoredObject(
                key,
                stored.size(),
                stored.modified(),
                Optional.of(checksum.crc32c()),
                Optional.empty());
    }

    /// The file with everything on the disk; it is now the caller's to publish or discard.
    Path handOver() throws IOException {
        finish();
        done = true;
        return file;
    }

    private void finish() throws IOException {
        out.flush();
        Disk.rememberCrc32c(file, checksum.crc32c());
        channel.force(true);
        channel.close();
        // A full network mount may say so only now, or never.
        if (Files.size(file) != checksum.size()) throw different(file);
    }

    private Problem different(Path file) {
        return new Problem(
                ErrorCode.OBJECT_DAMAGED,
                "object "
                        + key
                        + " is not in "
                        + file
                        + " with the "
                        + checksum.size()
                        + " bytes that were written",
                "Check the disk or the network mount underneath, then run it again.");
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException unwritten) {
            // Its bytes are not wanted any more.
        }
        if (!done) store.discard(file);
        done = true;
    }
}
