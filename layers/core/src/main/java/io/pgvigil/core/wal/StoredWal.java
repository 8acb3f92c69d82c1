package io.pgvigil.core.wal;

import io.pgvigil.core.Lsn;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/// The log of one server as far as it is stored: segments, parts of segments, histories, marks.
///
/// All of it is of one system identifier.
public final class StoredWal {
    private final WalSegmentSize size;
    private final Map<TimelineId, NavigableSet<Long>> segments = new HashMap<>();
    private final Map<SegmentName, PartialSegment> partials = new HashMap<>();
    private final NavigableSet<TimelineId> timelines = new TreeSet<>();
    private final Map<TimelineId, TimelineHistory> histories = new TreeMap<>();
    private final List<Mark> marks;

    public StoredWal(
            WalSegmentSize size,
            Collection<SegmentName> segments,
            Collection<PartialSegment> partials,
            Collection<TimelineHistory> histories,
            Collection<Mark> marks) {
        this.size = size;
        for (var segment : segments) {
            requireSize(segment);
            timelines.add(segment.timeline());
            this.segments
                    .computeIfAbsent(segment.timeline(), _ -> new TreeSet<>())
                    .add(segment.number());
        }
        for (var partial : partials) {
            requireSize(partial.segment());
            timelines.add(partial.segment().timeline());
            // The longer one holds what the shorter one holds.
            this.partials.merge(
                    partial.segment(),
                    partial,
                    (one, other) -> one.end().isBefore(other.end()) ? other : one);
        }
        for (var history : histories) {
            timelines.add(history.timeline());
            this.histories.put(history.timeline(), history);
        }
        this.marks = marks.stream().sorted(Comparator.comparing(Mark::at)).toList();
    }

    private void requireSize(SegmentName segment) {
        if (!segment.size().equals(size))
            throw new IllegalArgumentException(
                    "segment " + segment + " is of " + segment.size() + ", the others of " + size);
    }

    public WalSegmentSize size() {
        return size;
    }

    /// Every timeline that something is stored of, oldest first.
    public List<TimelineId> timelines() {
        return List.copyOf(timelines);
    }

    /// In the order of their time.
    public List<Mark> marks() {
        return marks;
    }

    /// Where a timeline came from. The first one came from nowhere; of any other, its history must be
    /// stored.
    public Optional<TimelineHistory> history(TimelineId timeline) {
        var known = histories.get(timeline);
        if (known == null && timeline.equals(TimelineId.FIRST))
            return Optional.of(TimelineHistory.of(timeline));
        return Optional.ofNullable(known);
    }

    public boolean has(SegmentName segment) {
        return segments.getOrDefault(segment.timeline(), new TreeSet<>())
                .contains(segment.number());
    }

    public Optional<PartialSegment> partial(SegmentName segment) {
        return Optional.ofNullable(partials.get(segment));
    }

    /// How far a path can be replayed from a position on: to where the first segment is missing, or
    /// into it where part of it is stored. The position itself when nothing is.
    public Lsn reach(TimelineHistory path, Lsn from) {
        var number = size.segmentOf(from);
        for (var piece : pieces(path, number)) {
            if (number < piece.first()) break;
            while (number <= piece.last() && has(piece.timeline(), number)) number++;
            if (number <= piece.last()) break;
        }
        var reach = size.begin(number);
        var into = partial(path.segment(number, size)).map(PartialSegment::end);
        if (into.isPresent()) reach = into.get();
        return reach.isBefore(from) ? from : reach;
    }

    /// What is missing on a path from a position on, before the last thing that is stored.
    public List<Gap> gaps(TimelineHistory path, Lsn from) {
        var gaps = new ArrayList<Gap>();
        var pieces = pieces(path, size.segmentOf(from));
        var last = lastStored(pieces);
        for (var piece : pieces) {
            var expected = piece.first();
            var end = Math.min(piece.last(), last);
            for (var number : segments.getOrDefault(piece.timeline(), new TreeSet<>())) {
                if (number < expected) continue;
                if (number > end) break;
                addGap(gaps, piece.timeline(), expected, number - 1);
                expected = number + 1;
            }
            addGap(gaps, piece.timeline(), expected, end);
        }
        return List.copyOf(gaps);
    }

    private void addGap(List<Gap> gaps, TimelineId timeline, long first, long last) {
        if (first > last) return;
        gaps.add(
                new Gap(
                        new SegmentName(timeline, first, size),
                        new SegmentName(timeline, last, size)));
    }

    /// The last segment that is stored whole, or the one before a part of one.
    private long lastStored(List<Piece> pieces) {
        var last = -1L;
        for (var piece : pieces) {
            var whole = segments.getOrDefault(piece.timeline(), new TreeSet<>());
            var highest = whole.floor(piece.last());
            if (highest != null && highest >= piece.first()) last = Math.max(last, highest);
            for (var partial : partials.keySet())
                if (partial.timeline().equals(piece.timeline())
                        && partial.number() >= piece.first()
                        && partial.number() <= piece.last())
                    last = Math.max(last, partial.number() - 1);
        }
        return last;
    }

    private boolean has(TimelineId timeline, long number) {
        return segments.getOrDefault(timeline, new TreeSet<>()).contains(number);
    }

    /// Which timeline's segments a path reads, from a segment on.
    private record Piece(TimelineId timeline, long first, long last) {}

    private List<Piece> pieces(TimelineHistory path, long from) {
        var pieces = new ArrayList<Piece>();
        var first = 0L;
        for (var ancestor : path.left()) {
            var end = size.segmentOf(ancestor.at()) - 1;
            if (Math.max(first, from) <= end)
                pieces.add(new Piece(ancestor.timeline(), Math.max(first, from), end));
            first = end + 1;
        }
        pieces.add(new Piece(path.timeline(), Math.max(first, from), Long.MAX_VALUE));
        return pieces;
    }
}
