package io.pgvigil.archive.facts;

import io.pgvigil.archive.ByteSink;
import java.util.Arrays;

/// Puts the rows of one table's COPY text together again from pieces that begin and end anywhere, and
/// counts and adds them up.
///
/// The text ends with `\.` and two empty lines; a value `\.` is written with two backslashes, so
/// the line cannot be a row.
final class CopyRows implements ByteSink {
    /// Rows up to this length are kept until they are whole; longer ones are hashed as they come.
    static final int LONGEST_KEPT_ROW = 1024 * 1024;

    private static final int EMPTY_LINES_AT_THE_END = 2;
    private static final int FIRST_KEPT_BYTES = 4096;

    private final RowSum sum;
    private long rows;
    private long bytes;

    // The part of a row that came in earlier pieces.
    private byte[] kept = new byte[FIRST_KEPT_BYTES];
    private int keptLength;
    private long streamedLength;

    private boolean ended;
    private int emptyLines;

    CopyRows(RowSum sum) {
        this.sum = sum;
    }

    long rows() {
        return rows;
    }

    long bytes() {
        return bytes;
    }

    @Override
    public void accept(byte[] from, int offset, int length) {
        var start = offset;
        var end = offset + length;
        while (start < end) {
            var lineEnd = Bytes.indexOf(Bytes.LINE_FEED, from, start, end);
            if (lineEnd < 0) {
                keep(from, start, end - start);
                return;
            }
            if (keptLength == 0 && streamedLength == 0) line(from, start, lineEnd - start);
            else endKept(from, start, lineEnd - start);
            start = lineEnd + 1;
        }
    }

    /// The text has ended.
    void finish() {
        if (!ended) throw new NotCopyText("the rows do not end with \\.");
        if (emptyLines != EMPTY_LINES_AT_THE_END || keptLength > 0)
            throw new NotCopyText("\\. is not followed by two empty lines");
    }

    private void line(byte[] from, int start, int length) {
        if (length == 2 && from[start] == '\\' && from[start + 1] == '.' && !ended) {
            ended = true;
            return;
        }
        if (ended) {
            if (length > 0 || ++emptyLines > EMPTY_LINES_AT_THE_END) throw afterTheEnd();
            return;
        }
        sum.add(from, start, length);
        count(length);
    }

    private void keep(byte[] from, int start, int length) {
        if (ended) throw afterTheEnd();
        if (streamedLength == 0 && keptLength + (long) length <= LONGEST_KEPT_ROW) {
            if (keptLength + length > kept.length)
                kept =
                        Arrays.copyOf(
                                kept,
                                Math.min(
                                        LONGEST_KEPT_ROW,
                                        Math.max(2 * kept.length, keptLength + length)));
            System.arraycopy(from, start, kept, keptLength, length);
            keptLength += length;
            return;
        }
        if (streamedLength == 0) {
            sum.begin();
            sum.more(kept, 0, keptLength);
            streamedLength = keptLength;
            keptLength = 0;
        }
        sum.more(from, start, length);
        streamedLength += length;
    }

    private void endKept(byte[] from, int start, int length) {
        keep(from, start, length);
        if (streamedLength == 0) {
            var whole = keptLength;
            keptLength = 0;
            line(kept, 0, whole);
            return;
        }
        sum.end();
        count(streamedLength);
        streamedLength = 0;
    }

    private void count(long length) {
        rows++;
        bytes += length + 1;
    }

    private static NotCopyText afterTheEnd() {
        return new NotCopyText("something other than two empty lines follows \\.");
    }
}
