package io.pgvigil.core.wal;

import io.pgvigil.core.Lsn;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.Locale;
import java.util.Optional;

/// A recovery target as it is asked for and stored: plain words, read when they are needed.
///
/// @param kind which of the ways to say where
/// @param value the time, position, transaction or name; empty for latest and immediate
/// @param timeline to recover along; empty for the newest one
public record Point(Kind kind, String value, Optional<Integer> timeline) {

    public enum Kind {
        LATEST,
        TIME,
        LSN,
        XID,
        NAME,
        IMMEDIATE
    }

    public static final Point LATEST = new Point(Kind.LATEST, "", Optional.empty());

    /// Throws `USAGE_INVALID` when the words mean nothing.
    public RecoveryTarget target() {
        try {
            return switch (kind) {
                case LATEST -> new RecoveryTarget.Latest();
                case IMMEDIATE -> new RecoveryTarget.Immediate();
                case TIME -> RecoveryTarget.time(value);
                case LSN -> new RecoveryTarget.Position(Lsn.parse(value.strip()));
                case XID -> new RecoveryTarget.Transaction(Long.parseUnsignedLong(value.strip()));
                case NAME -> new RecoveryTarget.RestorePoint(value);
            };
        } catch (IllegalArgumentException e) {
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "'"
                            + value
                            + "' is no "
                            + kind.name().toLowerCase(Locale.ROOT)
                            + " to recover to",
                    "Write a position like 16/B374D848, a transaction as a number, a name as"
                            + " pg_create_restore_point got it.",
                    e);
        }
    }

    /// Throws `USAGE_INVALID` when it is none.
    public Optional<TimelineId> chosenTimeline() {
        try {
            return timeline.map(TimelineId::new);
        } catch (IllegalArgumentException e) {
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    String.valueOf(e.getMessage()),
                    "Timelines are counted from 1.",
                    e);
        }
    }
}
