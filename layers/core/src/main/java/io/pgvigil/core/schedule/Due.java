package io.pgvigil.core.schedule;

import io.pgvigil.core.ServerName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// What one entry of the timetable asks for since the last look.
///
/// @param run the instant to run now, if any
/// @param missed instants that fell due and are not run
public record Due(ServerName server, Work work, Optional<Instant> run, List<Instant> missed) {
    public Due {
        missed = List.copyOf(missed);
    }

    /// Everything that fell due in `(lastLook, now]`, in the order of the timetable.
    ///
    /// @param window how late a server's missed run is still started
    public static List<Due> since(
            Timetable timetable,
            Instant lastLook,
            Instant now,
            Function<ServerName, Duration> window) {
        return timetable.entries().stream()
                .map(entry -> {
                    var found =
                            entry.schedule().catchUp(lastLook, now, window.apply(entry.server()));
                    return new Due(entry.server(), entry.work(), found.run(), found.missed());
                })
                .filter(due -> due.run().isPresent() || !due.missed().isEmpty())
                .toList();
    }
}
