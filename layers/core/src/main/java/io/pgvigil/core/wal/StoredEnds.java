package io.pgvigil.core.wal;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Where the log that is stored on a path ends: behind the last segment, and behind each base that is
/// newer than it.
///
/// From each of them a harvest can go on; from the oldest one the most can be recovered, and any of them
/// is of use to the bases before it.
///
/// @param segments the whole ones that are stored, on whatever timeline
/// @param bases each of them carries the segments from its begin to its end
public record StoredEnds(
        TimelineHistory path,
        WalSegmentSize size,
        Collection<SegmentName> segments,
        List<PhysicalBase> bases) {

    /// Segments that nobody has stored, by number.
    public record Missing(long first, long last) {}

    private record End(long from, long next) {}

    /// The last segment that is stored before another one, by number; -1 when there is none.
    public static long last(
            TimelineHistory path,
            WalSegmentSize size,
            Collection<SegmentName> segments,
            long before) {
        return segments.stream()
                .filter(name -> path.segment(name.number(), size).equals(name))
                .mapToLong(SegmentName::number)
                .filter(number -> number < before)
                .max()
                .orElse(-1);
    }

    /// What is missing behind each end, up to the next one or a segment; oldest first.
    public List<Missing> missingBefore(long kept) {
        var last = last(path, size, segments, kept);
        var ends =
                Stream.concat(
                                last < 0 ? Stream.of() : Stream.of(new End(last, last + 1)),
                                bases.stream()
                                        .filter(base -> path.includes(base.timeline(), base.end()))
                                        .map(base ->
                                                new End(
                                                        size.segmentOf(base.begin()),
                                                        size.segmentOf(base.end())))
                                        .filter(end -> end.next() > last && end.next() < kept))
                        .sorted(Comparator.comparing(End::next).thenComparing(End::from))
                        .toList();
        var missing = new ArrayList<Missing>();
        for (var i = 0; i < ends.size(); i++) {
            var until = i + 1 < ends.size() ? ends.get(i + 1).from() : kept;
            if (ends.get(i).next() < until) missing.add(new Missing(ends.get(i).next(), until - 1));
        }
        return List.copyOf(missing);
    }
}
