package io.pgvigil.core.wal;

import io.pgvigil.core.Lsn;
import java.util.Comparator;

/// The name of one segment, `000000010000000A000000FE`. What it says depends on the segment size:
/// with 64 MB, `…000000FE` is no name at all.
///
/// @param number counted from the beginning of the log, whatever the timeline
public record SegmentName(TimelineId timeline, long number, WalSegmentSize size)
        implements Comparable<SegmentName> {
    private static final Comparator<SegmentName> ORDER =
            Comparator.comparingLong(SegmentName::number).thenComparing(SegmentName::timeline);

    public SegmentName {
        if (number < 0 || number > Long.divideUnsigned(-1L, size.bytes()))
            throw new IllegalArgumentException("there is no segment " + number + " of " + size);
    }

    public static SegmentName of(TimelineId timeline, Lsn position, WalSegmentSize size) {
        return new SegmentName(timeline, size.segmentOf(position), size);
    }

    public static SegmentName parse(String name, WalSegmentSize size) {
        if (!looksLikeOne(name))
            throw new IllegalArgumentException("not the name of a WAL segment: '" + name + "'");
        var log = Long.parseLong(name, 8, 16, 16);
        var low = Long.parseLong(name, 16, 24, 16);
        if (low >= size.segmentsPerLog())
            throw new IllegalArgumentException(
                    "'%s' is no segment of %s: its last part is at most %X"
                            .formatted(name, size, size.segmentsPerLog() - 1));
        return new SegmentName(
                TimelineId.ofDigits(name.substring(0, 8)), log * size.segmentsPerLog() + low, size);
    }

    /// Whether a file is called like a segment, of whatever size.
    public static boolean looksLikeOne(String name) {
        return name.matches("[0-9A-F]{24}") && !name.startsWith("00000000");
    }

    /// The position of the first byte.
    public Lsn begin() {
        return size.begin(number);
    }

    /// The position behind the last byte. After the very last segment of the address space it is 0/0.
    public Lsn end() {
        return size.begin(number + 1);
    }

    public boolean holds(Lsn position) {
        return size.segmentOf(position) == number;
    }

    public SegmentName next() {
        return new SegmentName(timeline, number + 1, size);
    }

    public SegmentName on(TimelineId other) {
        return new SegmentName(other, number, size);
    }

    /// By position, then by timeline.
    @Override
    public int compareTo(SegmentName other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return "%s%08X%08X"
                .formatted(
                        timeline.digits(),
                        number / size.segmentsPerLog(),
                        number % size.segmentsPerLog());
    }
}
