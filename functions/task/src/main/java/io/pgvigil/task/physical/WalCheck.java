package io.pgvigil.task.physical;

import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.wal.SegmentHeader;
import io.pgvigil.core.wal.SegmentName;
import io.pgvigil.core.wal.TimelineHistory;
import java.util.Optional;

/// Whether bytes are the segment that they are called.
///
/// @param system the server they must be of
/// @param path how that server came to where it is
record WalCheck(SystemIdentifier system, TimelineHistory path) {

    /// Why not, or empty.
    Optional<String> complaint(SegmentName name, byte[] header) {
        try {
            return SegmentHeader.parse(header).complaint(name, system, Optional.of(upTo(name)));
        } catch (IllegalArgumentException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /// The part of the path that leads to a segment's own timeline.
    private TimelineHistory upTo(SegmentName name) {
        return new TimelineHistory(
                name.timeline(),
                path.left().stream()
                        .takeWhile(left -> left.timeline().compareTo(name.timeline()) < 0)
                        .toList());
    }
}
