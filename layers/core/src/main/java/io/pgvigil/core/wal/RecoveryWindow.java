package io.pgvigil.core.wal;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.Lsn;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What can be reached from one base backup on the path to one timeline.
///
/// @param from the end of the base backup; nothing before it can be reached
/// @param to how far the log goes without a gap
/// @param fromTime when the base backup ended
/// @param toTime the last moment that is surely reached; empty when no mark tells
/// @param gaps what is missing before the last thing that is stored; the first one ends the window
public record RecoveryWindow(
        BackupId base,
        TimelineId timeline,
        Lsn from,
        Lsn to,
        Instant fromTime,
        Optional<Instant> toTime,
        List<Gap> gaps) {
    public RecoveryWindow {
        gaps = List.copyOf(gaps);
    }

    /// The windows of a base backup: one for each timeline that its copy is part of, oldest first.
    public static List<RecoveryWindow> of(PhysicalBase base, StoredWal wal) {
        var windows = new ArrayList<RecoveryWindow>();
        for (var timeline : wal.timelines())
            wal.history(timeline)
                    .filter(path -> path.includes(base.timeline(), base.end()))
                    .map(path -> on(path, base, wal))
                    .ifPresent(windows::add);
        return List.copyOf(windows);
    }

    static RecoveryWindow on(TimelineHistory path, PhysicalBase base, StoredWal wal) {
        var reach = wal.reach(path, base.begin());
        return new RecoveryWindow(
                base.backup(),
                path.timeline(),
                base.end(),
                reach,
                base.ended(),
                wal.marks().stream()
                        .filter(mark -> on(path, mark) && !mark.end().isAfter(reach))
                        .map(Mark::at)
                        .reduce((_, later) -> later)
                        // The copy itself was seen to be whole at its end.
                        .filter(at -> at.isAfter(base.ended())),
                wal.gaps(path, base.begin()));
    }

    /// Whether anything at all can be recovered: the segments of the copy itself must be there.
    public boolean open() {
        return !to.isBefore(from);
    }

    /// Whether a mark was seen on a path: its end is the path's, and not of a branch that was left.
    static boolean on(TimelineHistory path, Mark mark) {
        return path.includes(mark.timeline(), mark.end());
    }
}
