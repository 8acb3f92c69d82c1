package io.pgvigil.core.watch;

import io.pgvigil.core.ServerName;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What is remembered of a server's harvests, oldest first.
public record ServerLog(ServerName server, List<HarvestNote> harvests) {
    /// A week of hourly ones.
    public static final int LENGTH = 168;

    private static final Comparator<HarvestNote> BY_GAP =
            Comparator.comparing(note -> note.gap().orElseThrow().found());

    public ServerLog {
        var sorted = harvests.stream().sorted(HarvestNote.BY_TIME).toList();
        var first = Math.max(0, sorted.size() - LENGTH);
        // However long ago: until there is a base, nothing behind it can be reached.
        var torn = sorted.subList(0, first).stream().filter(note -> note.gap().isPresent());
        harvests =
                Stream.concat(
                                torn.max(BY_GAP).stream(),
                                sorted.subList(first, sorted.size()).stream())
                        .toList();
    }

    /// The newest gap in it.
    public Optional<HarvestNote.Gap> gap() {
        return harvests.stream()
                .map(HarvestNote::gap)
                .flatMap(Optional::stream)
                .max(Comparator.comparing(HarvestNote.Gap::found));
    }

    /// The newest gap, if nobody has copied the server since.
    ///
    /// @param base when the newest copy of the server was begun
    public Optional<HarvestNote.Gap> open(Optional<Instant> base) {
        return gap().filter(gap -> base.filter(gap.found()::isBefore).isEmpty());
    }

    /// Up to when it can be replayed from a copy of the server.
    ///
    /// @param base when the newest one was begun
    public Optional<Instant> reach(Optional<Instant> base) {
        var open = open(base);
        return harvests.stream()
                .filter(note ->
                        open.filter(gap -> !note.finished().isBefore(gap.found())).isEmpty())
                .map(HarvestNote::at)
                .max(Comparator.naturalOrder());
    }

    public Optional<HarvestNote> newest() {
        return harvests.isEmpty() ? Optional.empty() : Optional.of(harvests.getLast());
    }
}
