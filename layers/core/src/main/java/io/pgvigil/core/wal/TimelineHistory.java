package io.pgvigil.core.wal;

import io.pgvigil.core.Lsn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Where a timeline came from: each of its ancestors, oldest first, and where it was left.
///
/// It is also the path a server takes to replay its way to this timeline.
///
/// @param left ancestors; each began where the one before it was left
public record TimelineHistory(TimelineId timeline, List<Left> left) {

    /// An ancestor, and the position from which on it is no longer ours.
    public record Left(TimelineId timeline, Lsn at) {}

    public TimelineHistory {
        left = List.copyOf(left);
        for (var i = 0; i < left.size(); i++) {
            var next = i + 1 < left.size() ? left.get(i + 1).timeline() : timeline;
            if (left.get(i).timeline().compareTo(next) >= 0)
                throw new IllegalArgumentException(
                        "timeline " + next + " cannot come from " + left.get(i).timeline());
            if (i > 0 && left.get(i).at().compareTo(left.get(i - 1).at()) < 0)
                throw new IllegalArgumentException(
                        "timeline %s was left at %s, before it began at %s"
                                .formatted(
                                        left.get(i).timeline(),
                                        left.get(i).at(),
                                        left.get(i - 1).at()));
        }
    }

    /// Of a timeline without ancestors.
    public static TimelineHistory of(TimelineId timeline) {
        return new TimelineHistory(timeline, List.of());
    }

    /// Reads a `.history` file.
    public static TimelineHistory parse(TimelineId timeline, String content) {
        var left = new ArrayList<Left>();
        for (var line : content.split("\n")) {
            var text = line.strip();
            if (text.isEmpty() || text.startsWith("#")) continue;
            var words = text.split("\\s+", 3);
            try {
                if (words.length < 2) throw new IllegalArgumentException("no position");
                left.add(new Left(new TimelineId(Integer.parseInt(words[0])), Lsn.parse(words[1])));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        timeline.historyFile() + " has a line that is none: '" + text + "'", e);
            }
        }
        return new TimelineHistory(timeline, left);
    }

    /// Where a timeline of this history begins; the oldest begins at 0/0. Empty when it is not part of
    /// this history.
    public Optional<Lsn> beginOf(TimelineId one) {
        var begin = new Lsn(0);
        for (var ancestor : left) {
            if (ancestor.timeline().equals(one)) return Optional.of(begin);
            begin = ancestor.at();
        }
        return one.equals(timeline) ? Optional.of(begin) : Optional.empty();
    }

    /// The timeline on which the byte at this position was written.
    public TimelineId at(Lsn position) {
        for (var ancestor : left)
            if (position.compareTo(ancestor.at()) < 0) return ancestor.timeline();
        return timeline;
    }

    /// Whether what a timeline holds up to a position is part of this history.
    public boolean includes(TimelineId one, Lsn upTo) {
        if (one.equals(timeline)) return upTo.compareTo(beginOf(one).orElseThrow()) >= 0;
        return left.stream()
                .anyMatch(ancestor ->
                        ancestor.timeline().equals(one) && upTo.compareTo(ancestor.at()) <= 0);
    }

    /// The segment a server reads on this path: of the newest timeline that began in it or before, as
    /// a promotion takes along what the segment already held.
    public SegmentName segment(long number, WalSegmentSize size) {
        var newest = left.isEmpty() ? timeline : left.getFirst().timeline();
        for (var i = 0; i < left.size(); i++) {
            if (size.segmentOf(left.get(i).at()) > number) break;
            newest = i + 1 < left.size() ? left.get(i + 1).timeline() : timeline;
        }
        return new SegmentName(newest, number, size);
    }
}
