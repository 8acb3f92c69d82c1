package io.pgvigil.local;

import io.pgvigil.core.store.ByteRange;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Exactly the bytes of a range; a file that ends earlier is an `IOException`.
final class FileRange extends InputStream {
    private final InputStream in;
    private long left;

    private FileRange(InputStream in, long left) {
        this.in = in;
        this.left = left;
    }

    static FileRange open(Path file, ByteRange range) throws IOException {
        var channel = FileChannel.open(file, StandardOpenOption.READ);
        channel.position(range.offset());
        return new FileRange(Channels.newInputStream(channel), range.length());
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (left == 0) return -1;
        var count = in.read(bytes, offset, (int) Math.min(length, left));
        if (count < 0) throw new EOFException("the file ends " + left + " bytes too early");
        left -= count;
        return count;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
