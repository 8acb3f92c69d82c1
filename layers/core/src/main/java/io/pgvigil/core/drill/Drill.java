package io.pgvigil.core.drill;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The record of one drill, `<server>/<database>/drills/<run id>.json`: what was proven, what was
/// not, and how long a recovery took.
///
/// @param reasons why the verdict is what it is, in sentences; empty only when proven
/// @param differences object by object, `title: what differs`
/// @param accepted differences the owner accepted, with the reason
/// @param rewritten entries the server spells differently once and then for ever the same
/// @param unproven what equality of archives cannot see, or could not be tried here
/// @param equal how much was compared and found equal, for example `tables` 41
/// @param seconds duration of each stage; `recovery` is what an operator would wait for
/// @param physical what only the drill of a physical backup sees
public record Drill(
        int format,
        RunId drill,
        BackupId backup,
        ServerName server,
        DatabaseName database,
        DrillVerdict verdict,
        Instant started,
        Instant finished,
        List<String> reasons,
        List<String> differences,
        List<String> accepted,
        List<String> rewritten,
        List<String> unproven,
        List<String> restoreErrors,
        List<CheckResult> checks,
        Map<String, Long> equal,
        Map<String, Double> seconds,
        String sandbox,
        Optional<ClusterProof> physical)
        implements Versioned {
    public static final int FORMAT = 1;

    public Drill {
        reasons = List.copyOf(reasons);
        differences = List.copyOf(differences);
        accepted = List.copyOf(accepted);
        rewritten = List.copyOf(rewritten);
        unproven = List.copyOf(unproven);
        restoreErrors = List.copyOf(restoreErrors);
        checks = List.copyOf(checks);
    }

    /// Of a logical backup.
    public Drill(
            int format,
            RunId drill,
            BackupId backup,
            ServerName server,
            DatabaseName database,
            DrillVerdict verdict,
            Instant started,
            Instant finished,
            List<String> reasons,
            List<String> differences,
            List<String> accepted,
            List<String> rewritten,
            List<String> unproven,
            List<String> restoreErrors,
            List<CheckResult> checks,
            Map<String, Long> equal,
            Map<String, Double> seconds,
            String sandbox) {
        this(
                format,
                drill,
                backup,
                server,
                database,
                verdict,
                started,
                finished,
                reasons,
                differences,
                accepted,
                rewritten,
                unproven,
                restoreErrors,
                checks,
                equal,
                seconds,
                sandbox,
                Optional.empty());
    }

    public record CheckResult(String name, boolean passed, String answer) {}

    /// Seconds that an operator would wait for; empty when nothing was recovered.
    public Optional<Double> recovery() {
        return Optional.ofNullable(seconds.get("recovery"));
    }
}
