package io.pgvigil.core.watch;

import io.pgvigil.core.Lsn;
import io.pgvigil.core.RunId;
import io.pgvigil.core.wal.Harvest;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What is remembered of one harvest of write-ahead log.
///
/// @param at the server's clock: everything committed by then is stored
/// @param retained bytes that the server kept for the slot when it began
/// @param gap the newest that it found
public record HarvestNote(
        RunId run,
        String system,
        Lsn end,
        Instant at,
        Instant finished,
        long bytes,
        long retained,
        List<String> notices,
        Optional<Gap> gap) {
    private static final String GAP = "a gap";

    public static final Comparator<HarvestNote> BY_TIME =
            Comparator.comparing(HarvestNote::finished).thenComparing(note -> note.run().value());

    public HarvestNote {
        notices = List.copyOf(notices);
    }

    /// Log that is not stored and that the server has removed: no base from before it reaches what follows.
    ///
    /// @param found when the harvest that found it was written down
    public record Gap(Instant found, String what) {}

    /// Two records of one run, which an always-on harvest writes: the later one, and no gap is forgotten.
    public HarvestNote and(HarvestNote other) {
        var later = BY_TIME.compare(this, other) < 0 ? other : this;
        var gaps = Stream.of(gap, other.gap).flatMap(Optional::stream);
        return new HarvestNote(
                run,
                later.system,
                later.end,
                later.at,
                later.finished,
                later.bytes,
                later.retained,
                later.notices,
                gaps.max(Comparator.comparing(Gap::found)));
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
                harvest.notices(),
                harvest.notices().stream()
                        .filter(notice -> notice.startsWith(GAP))
                        .findFirst()
                        .map(notice -> new Gap(harvest.finished(), notice)));
    }
}
