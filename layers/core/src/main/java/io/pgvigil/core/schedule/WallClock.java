package io.pgvigil.core.schedule;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Optional;

/// Local times turned into instants; the one place that knows about daylight saving.
final class WallClock {
    private WallClock() {}

    /// The first instant after this one at which one of the local times falls due.
    static Optional<Instant> next(LocalTimes times, ZoneId zone, Instant after) {
        // A local time never resolves to an instant after the one at which the clock shows it, so
        // nothing at or before the clock's time can still be due.
        var local = LocalDateTime.ofInstant(after, zone);
        while (true) {
            var next = times.next(local);
            if (next.isEmpty()) return Optional.empty();
            var instant = instantOf(next.get(), zone);
            if (instant.isAfter(after)) return Optional.of(instant);
            // Inside the second pass of a repeated hour: this time had its turn in the first.
            local = next.get();
        }
    }

    static Instant instantOf(LocalDateTime local, ZoneId zone) {
        var rules = zone.getRules();
        var offsets = rules.getValidOffsets(local);
        return switch (offsets.size()) {
            // Skipped: 02:30 on the spring day of Paris becomes 01:00 UTC, when clocks show 03:00.
            case 0 -> rules.getTransition(local).getInstant();
            // Ordinary, or repeated: the first offset listed is the one that comes first in time.
            default -> local.toInstant(offsets.getFirst());
        };
    }
}
