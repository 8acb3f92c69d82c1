package io.pgvigil.core.watch;

import io.pgvigil.core.ServerName;
import java.util.List;
import java.util.Optional;

/// What is remembered of a server's harvests, oldest first.
public record ServerLog(ServerName server, List<HarvestNote> harvests) {
    /// A week of hourly ones.
    public static final int LENGTH = 168;

    public ServerLog {
        var sorted = harvests.stream().sorted(HarvestNote.BY_TIME).toList();
        harvests = sorted.subList(Math.max(0, sorted.size() - LENGTH), sorted.size());
    }

    public Optional<HarvestNote> newest() {
        return harvests.isEmpty() ? Optional.empty() : Optional.of(harvests.getLast());
    }
}
