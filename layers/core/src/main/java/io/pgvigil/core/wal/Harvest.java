package io.pgvigil.core.wal;

import io.pgvigil.core.Lsn;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;
import java.util.List;

/// The record of one harvest, `<server>/_wal/<system identifier>/harvests/<run id>.json`.
///
/// @param timeline of the server when it began
/// @param end where the server's log ended when it began; all before it is stored
/// @param at the server's clock no later than that
/// @param segments how many were stored whole
/// @param alreadyThere how many were there, with the same content
/// @param bytes of log received
/// @param retained bytes of log the server still kept for the slot when it began
/// @param adopted how many were taken over from `_wal/incoming/`
/// @param notices what an operator should know, such as a gap
public record Harvest(
        int format,
        RunId run,
        ServerName server,
        SystemIdentifier systemIdentifier,
        int timeline,
        int segmentBytes,
        Lsn end,
        Instant at,
        Instant started,
        Instant finished,
        int segments,
        int alreadyThere,
        long bytes,
        long retained,
        int adopted,
        List<String> notices)
        implements Versioned {
    public static final int FORMAT = 1;

    public Harvest {
        notices = List.copyOf(notices);
    }

    /// One that found nothing in `_wal/incoming/`.
    public Harvest(
            int format,
            RunId run,
            ServerName server,
            SystemIdentifier systemIdentifier,
            int timeline,
            int segmentBytes,
            Lsn end,
            Instant at,
            Instant started,
            Instant finished,
            int segments,
            int alreadyThere,
            long bytes,
            long retained,
            List<String> notices) {
        this(
                format,
                run,
                server,
                systemIdentifier,
                timeline,
                segmentBytes,
                end,
                at,
                started,
                finished,
                segments,
                alreadyThere,
                bytes,
                retained,
                0,
                notices);
    }

    /// The same end, seen again later: the server has written nothing since.
    public Harvest seenAgain(Instant later, Instant now) {
        return new Harvest(
                format,
                run,
                server,
                systemIdentifier,
                timeline,
                segmentBytes,
                end,
                later,
                started,
                now,
                segments,
                alreadyThere,
                bytes,
                retained,
                adopted,
                List.of());
    }

    public Harvest noticing(List<String> notices) {
        return new Harvest(
                format,
                run,
                server,
                systemIdentifier,
                timeline,
                segmentBytes,
                end,
                at,
                started,
                finished,
                segments,
                alreadyThere,
                bytes,
                retained,
                adopted,
                notices);
    }

    public Mark mark() {
        return new Mark(new TimelineId(timeline), end, at);
    }
}
