package io.pgvigil.core.config;

import io.pgvigil.core.schedule.Schedule;
import java.util.List;
import java.util.Optional;

/// When backups are proven by restoring them, and what may stay unproven.
public record Drills(Optional<Schedule> schedule, List<Accepted> accept) {
    public static final Drills NEVER = new Drills(Optional.empty(), List.of());

    public Drills {
        accept = List.copyOf(accept);
    }

    public static Drills on(Schedule schedule) {
        return new Drills(Optional.of(schedule), List.of());
    }
}
