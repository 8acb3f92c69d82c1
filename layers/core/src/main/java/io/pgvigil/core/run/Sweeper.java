package io.pgvigil.core.run;

import io.pgvigil.core.problem.Problem;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Removes what no task can remove any more because it died: temporary instances above all.
public interface Sweeper {
    /// Nothing of ours is left anywhere.
    Sweeper NONE = now -> Swept.NOTHING;

    /// Removes what is past its time. Sweeping twice does no harm.
    Swept sweep(Instant now);

    /// @param done a line for each thing that was removed, or could not be
    /// @param oldest how old the oldest temporary instance is; empty when there was none
    /// @param problems why not everything could be looked at; the rest was swept all the same
    record Swept(List<String> done, Optional<Duration> oldest, List<Problem> problems) {
        public static final Swept NOTHING = new Swept(List.of(), Optional.empty(), List.of());

        public Swept {
            done = List.copyOf(done);
            problems = List.copyOf(problems);
        }
    }
}
