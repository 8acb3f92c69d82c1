package io.pgvigil.core.run;

import java.util.Optional;

/// Looks at tasks that were started. News of their end may be lost; this asks.
public interface TaskSight {

    /// What is known about a task now.
    ///
    /// @param task the launcher's own name of it
    Look look(Run run, String task);

    /// What a look can see.
    sealed interface Look {
        /// It is starting, at work, or on its way out.
        record Alive() implements Look {}

        record Stopped(TaskStopped news) implements Look {}

        /// Nobody knows it any more: ECS forgets tasks some time after they stopped.
        record Unknown(Optional<String> why) implements Look {}
    }
}
