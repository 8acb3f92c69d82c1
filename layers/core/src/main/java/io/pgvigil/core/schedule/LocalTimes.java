package io.pgvigil.core.schedule;

import java.time.LocalDateTime;
import java.util.Optional;

/// A rule for times on a wall clock, without any idea of zones or daylight saving.
///
/// - **Strictly later:** `next` answers the first time after its argument, never the argument.
/// - **Finite:** a rule that never matches again answers empty instead of searching for ever.
/// - **Repeatable:** the same question has the same answer.
@FunctionalInterface
public interface LocalTimes {
    Optional<LocalDateTime> next(LocalDateTime after);
}
