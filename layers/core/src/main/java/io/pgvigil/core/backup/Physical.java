package io.pgvigil.core.backup;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.wal.Mark;
import io.pgvigil.core.wal.PhysicalBase;
import io.pgvigil.core.wal.SegmentName;
import io.pgvigil.core.wal.TimelineId;
import io.pgvigil.core.wal.WalSegmentSize;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/// What a manifest says about a physical backup beyond what it says about any.
///
/// One that exists carries every segment from its begin to its end: without them it is no backup.
///
/// @param begin where recovery begins to replay
/// @param end from where on the copy is consistent
/// @param segments of the log that are stored in the copy itself, by name
/// @param standby whether the copy was made from a standby
/// @param checksums whether the server's pages have checksums
/// @param ended a moment by the server's clock after the copy was whole
/// @param nextTransaction the first transaction id not given out at that moment
/// @param seen where the log ended at a moment after the copy was whole; not from a standby, which
///     cannot tell
/// @param tablespaces besides the two that every server has
/// @param files in the copy, the log's segments included
public record Physical(
        Lsn begin,
        Lsn end,
        int timeline,
        int segmentBytes,
        List<String> segments,
        boolean standby,
        boolean checksums,
        Instant ended,
        Optional<Long> nextTransaction,
        Optional<Seen> seen,
        List<Tablespace> tablespaces,
        long files) {

    /// The log was seen to end at a position.
    public record Seen(Lsn end, Instant at) {}

    /// @param location the folder on the source
    /// @param role of the object that holds it
    public record Tablespace(long oid, String name, String location, String role) {}

    public Physical {
        segments = List.copyOf(segments);
        tablespaces = List.copyOf(tablespaces);
        if (!end.isAfter(begin))
            throw new IllegalArgumentException(
                    "a copy cannot begin at " + begin + " and end at " + end);
        var missing = missing(begin, end, timeline, segmentBytes, segments);
        if (!missing.isEmpty())
            throw new IllegalArgumentException(
                    "the copy does not hold the WAL it needs from "
                            + begin
                            + " to "
                            + end
                            + ": "
                            + missing
                            + " are missing");
    }

    /// Which of the segments from begin to end are not among those given.
    public static List<SegmentName> missing(
            Lsn begin, Lsn end, int timeline, int segmentBytes, List<String> segments) {
        var size = new WalSegmentSize(segmentBytes);
        var there = new HashSet<>(segments);
        return LongStream.rangeClosed(size.segmentOf(begin), size.segmentOf(end.plus(-1)))
                .mapToObj(number -> new SegmentName(new TimelineId(timeline), number, size))
                .filter(segment -> !there.contains(segment.toString()))
                .toList();
    }

    public WalSegmentSize segmentSize() {
        return new WalSegmentSize(segmentBytes);
    }

    public PhysicalBase base(BackupId backup) {
        return new PhysicalBase(
                backup,
                new TimelineId(timeline),
                begin,
                end,
                ended,
                nextTransaction.map(OptionalLong::of).orElse(OptionalLong.empty()));
    }

    public Optional<Mark> mark() {
        return seen.map(one -> new Mark(new TimelineId(timeline), one.end(), one.at()));
    }
}
