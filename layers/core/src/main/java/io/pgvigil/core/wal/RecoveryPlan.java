package io.pgvigil.core.wal;

import io.pgvigil.core.Lsn;
import io.pgvigil.core.problem.ErrorCode;
import java.util.List;
import java.util.Map;

/// How a target is reached, or why it cannot be.
public sealed interface RecoveryPlan {

    /// @param base the backup to restore
    /// @param path what is replayed
    /// @param needed the segments that are surely read, in order
    /// @param ahead stored segments behind them, which recovery may want to see before it knows that it
    ///     has arrived
    /// @param reach how far the stored log goes; nothing behind it may be looked for elsewhere
    /// @param settings of the server that recovers, target and timeline
    /// @param reasons why this base and this timeline, and what an operator should know
    record Reachable(
            PhysicalBase base,
            TimelineHistory path,
            List<SegmentName> needed,
            List<SegmentName> ahead,
            Lsn reach,
            Map<String, String> settings,
            List<String> reasons)
            implements RecoveryPlan {
        public Reachable {
            needed = List.copyOf(needed);
            ahead = List.copyOf(ahead);
            settings = Map.copyOf(settings);
            reasons = List.copyOf(reasons);
        }
    }

    record Refused(ErrorCode code, String what, String hint) implements RecoveryPlan {}
}
