package io.pgvigil.aws.s3;

import io.pgvigil.core.problem.Problem;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/// Bytes `position` to `end` of one state of an object. A cut connection is continued where it
/// broke; when that fails for too long, reading ends in an `IOException` and never in an early end.
final class S3InputStream extends InputStream {
    /// Opens the same state of the object again.
    interface Source {
        ResponseInputStream<GetObjectResponse> open(long from, long end);
    }

    private final Source source;
    private final Patience patience;
    private final long end;
    private long position;
    private @Nullable ResponseInputStream<GetObjectResponse> in;
    private int failures;

    S3InputStream(
            ResponseInputStream<GetObjectResponse> in,
            long position,
            long end,
            Source source,
            Patience patience) {
        this.in = in;
        this.position = position;
        this.end = end;
        this.source = source;
        this.patience = patience;
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) return 0;
        while (position < end)
            try {
                var from = opened();
                var count = from.read(bytes, offset, (int) Math.min(length, end - position));
                if (count < 0)
                    throw new EOFException("the answer ended at byte " + position + " of " + end);
                position += count;
                failures = 0;
                return count;
            } catch (IOException | SdkException cut) {
                abandon();
                pause(cut);
            }
        return -1;
    }

    private ResponseInputStream<GetObjectResponse> opened() throws IOException {
        var current = in;
        if (current != null) return current;
        try {
            return in = source.open(position, end);
        } catch (Problem e) {
            if (e.transientFailure()) throw new IOException(e.what(), e);
            throw e;
        }
    }

    // Without an end in sight, each byte that arrives buys the whole patience again.
    private void pause(Exception cut) throws IOException {
        if (failures == patience.pauses().size())
            throw new IOException(
                    "reading stopped at byte " + position + " of " + end + ": " + cut.getMessage(),
                    cut);
        Patience.sleep(patience.pauses().get(failures++));
    }

    private void abandon() {
        var current = in;
        in = null;
        // Not close(), which would wait for bytes that do not come.
        if (current != null) current.abort();
    }

    @Override
    public void close() throws IOException {
        var current = in;
        in = null;
        if (current == null) return;
        if (position == end) current.close();
        // The rest of a large object is not read only to keep a connection.
        else current.abort();
    }
}
