package io.pgvigil.core.wal;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.Lsn;
import java.time.Instant;
import java.util.OptionalLong;

/// What recovery has to know of a base backup.
///
/// @param begin where replay begins
/// @param end from where on the copy is consistent; its own segments reach at least this far
/// @param ended when the server said that the copy was done, by the server's own clock
/// @param nextTransaction the first transaction id that had not been given out at the end: whatever
///     commits under this or a later id does so after the copy was done
public record PhysicalBase(
        BackupId backup,
        TimelineId timeline,
        Lsn begin,
        Lsn end,
        Instant ended,
        OptionalLong nextTransaction) {
    public PhysicalBase {
        if (!end.isAfter(begin))
            throw new IllegalArgumentException(
                    "backup " + backup + " cannot begin at " + begin + " and end at " + end);
    }
}
