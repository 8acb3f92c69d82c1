package io.pgvigil.core.watch;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.RunId;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What is remembered of one drill.
///
/// @param recovery what an operator would have waited for
/// @param reasons the first reasons of its verdict
/// @param checks how many of your own questions were answered well; empty in notes of older versions
public record DrillNote(
        RunId drill,
        BackupId backup,
        DrillVerdict verdict,
        Instant started,
        Instant finished,
        Optional<Double> recovery,
        List<String> reasons,
        Optional<Checks> checks) {
    private static final int MOST_REASONS = 3;

    public static final Comparator<DrillNote> BY_TIME =
            Comparator.comparing(DrillNote::finished).thenComparing(note -> note.drill().value());

    public DrillNote {
        reasons = List.copyOf(reasons);
    }

    public static DrillNote of(Drill drill) {
        return new DrillNote(
                drill.drill(),
                drill.backup(),
                drill.verdict(),
                drill.started(),
                drill.finished(),
                drill.recovery(),
                drill.reasons().stream().limit(MOST_REASONS).toList(),
                Optional.of(Checks.of(drill)));
    }

    public record Checks(int passed, int asked) {
        static Checks of(Drill drill) {
            return new Checks(
                    (int) drill.checks().stream().filter(Drill.CheckResult::passed).count(),
                    drill.checks().size());
        }
    }

    public boolean proven() {
        return verdict != DrillVerdict.NOT_PROVEN;
    }

    /// To the millisecond.
    public Optional<Duration> recoveryTime() {
        return recovery.map(seconds -> Duration.ofMillis(Math.round(seconds * 1000)));
    }
}
