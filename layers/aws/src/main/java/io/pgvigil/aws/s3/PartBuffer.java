package io.pgvigil.aws.s3;

import io.pgvigil.core.store.ObjectChecksum;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/// One part in memory, in chunks that are used again for later parts. Can be read many times, so
/// that a part can be sent again.
final class PartBuffer {
    private final int number;
    private final long capacity;
    private final Chunks pool;
    private final List<byte[]> chunks = new ArrayList<>();
    private final ObjectChecksum checksum = new ObjectChecksum();

    /// @param pool where chunks come from and go to
    PartBuffer(int number, long capacity, Chunks pool) {
        this.number = number;
        this.capacity = capacity;
        this.pool = pool;
    }

    int number() {
        return number;
    }

    long capacity() {
        return capacity;
    }

    long size() {
        return checksum.size();
    }

    String crc32c() {
        return checksum.crc32c();
    }

    boolean isFull() {
        return size() == capacity;
    }

    /// Takes as many bytes as there is room for.
    int append(byte[] bytes, int offset, int length) {
        var taken = (int) Math.min(length, capacity - size());
        for (var done = 0; done < taken; ) {
            var at = (int) (size() % Chunks.SIZE);
            if (at == 0) chunks.add(pool.take());
            var count = Math.min(taken - done, Chunks.SIZE - at);
            System.arraycopy(bytes, offset + done, chunks.getLast(), at, count);
            checksum.update(bytes, offset + done, count);
            done += count;
        }
        return taken;
    }

    /// Gives the chunks back; nothing may read them any more.
    void recycle() {
        pool.giveBack(chunks);
        chunks.clear();
    }

    InputStream open() {
        return new Content();
    }

    private final class Content extends InputStream {
        private long position;

        @Override
        public int read() {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            if (length == 0) return 0;
            if (position == size()) return -1;
            var at = (int) (position % Chunks.SIZE);
            var count = (int) Math.min(Math.min(length, Chunks.SIZE - at), size() - position);
            System.arraycopy(chunks.get((int) (position / Chunks.SIZE)), at, bytes, offset, count);
            position += count;
            return count;
        }
    }
}
