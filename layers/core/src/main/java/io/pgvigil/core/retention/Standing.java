package io.pgvigil.core.retention;

import java.time.Instant;

/// What a backup stands for among the sound ones of its lane.
///
/// @param tier the longest period of which it is the holder
/// @param until how long some rule will want it, if backups keep coming
/// @param soon whether a rule for shorter times than its tier wants it as well
record Standing(Period tier, Instant until, boolean soon) {

    /// Both of them hold for one backup.
    Standing and(Standing other) {
        return new Standing(
                tier.compareTo(other.tier) >= 0 ? tier : other.tier,
                until.isAfter(other.until) ? until : other.until,
                soon || other.soon || tier != other.tier);
    }
}
