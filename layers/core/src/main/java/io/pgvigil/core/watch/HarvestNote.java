package io.pgvigil.core.watch;

import io.pgvigil.core.Lsn;
import io.pgvigil.core.RunId;
import io.pgvigil.core.wal.Harvest;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/// What is remembered of one harvest of write-ahead log.
///
/// @param at the server's clock: everything committed by then is stored
/// @param retained bytes that the server kept for the slot when it began
public record HarvestNote(
        RunId run,
        String system,
        Lsn end,
        Instant at,
        Instant finished,
        long bytes,
        long retained,
        List<String> notices) {
    public static final Comparator<HarvestNote> BY_TIME =
            Comparator.comparing(HarvestNote::finished).thenComparing(note -> note.run().value());

    public HarvestNote {
        notices = List.copyOf(notices);
    }

    /// How what was harvested so far is called where it is copied. An always-on harvest is one run.
    public String copied() {
        return "wal-%s-%016X".formatted(run, end.value());
    }

    public static HarvestNote of(Harvest harvest) {
        return new HarvestNote(
                harvest.run(),
                harvest.systemIdentifier() + "",
                harvest.end(),
                harvest.at(),
                harvest.finished(),
                harvest.bytes(),
                harvest.retained(),
                harvest.notices());
    }
}
