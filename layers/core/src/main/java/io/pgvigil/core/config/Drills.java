package io.pgvigil.core.config;

import io.pgvigil.core.drill.Acceptance;
import io.pgvigil.core.drill.InstanceRules;
import io.pgvigil.core.schedule.Schedule;
import java.util.List;
import java.util.Optional;

/// When backups are proven by restoring them, what may stay unproven, and what they are restored into.
public record Drills(Optional<Schedule> schedule, List<Acceptance> accept, InstanceRules instance) {
    public static final Drills NEVER = new Drills(Optional.empty(), List.of());

    public Drills {
        accept = List.copyOf(accept);
    }

    /// In the sandbox.
    public Drills(Optional<Schedule> schedule, List<Acceptance> accept) {
        this(schedule, accept, InstanceRules.SANDBOX);
    }

    public static Drills on(Schedule schedule) {
        return new Drills(Optional.of(schedule), List.of());
    }
}
