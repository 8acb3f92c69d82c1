package io.pgvigil.core.report;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.watch.Readiness;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What protects one database, or a whole server as `_cluster`.
///
/// @param configured whether the configuration asks for backups of it
/// @param why what its protection was judged by
/// @param newest the newest backup that is there
/// @param proof the newest drill that proved something
/// @param drill the newest drill, when that proved nothing
/// @param loss how much work would be lost if the server were gone now
/// @param recovery how long the newest proven recovery took
/// @param window what can be brought back
public record DatabaseReport(
        ServerName server,
        DatabaseName database,
        boolean configured,
        Protection protection,
        String why,
        Optional<Made> newest,
        Optional<Proof> proof,
        Optional<Proof> drill,
        Promises promised,
        Optional<Duration> loss,
        Optional<Duration> recovery,
        Optional<Window> window,
        Calendar calendar,
        Series series,
        Optional<Kept> kept,
        List<ReadyLine> readiness) {
    public DatabaseReport {
        readiness = List.copyOf(readiness);
    }

    public boolean wholeServer() {
        return database.equals(DatabaseName.CLUSTER);
    }

    /// Whether its backups are those of the service that runs it, and none is in the store.
    public boolean byService() {
        return newest.isEmpty() && protection != Protection.NOT_PROTECTED;
    }

    /// @param age at the time of the report
    public record Made(
            BackupId backup,
            BackupKind kind,
            Instant finished,
            Duration age,
            long bytes,
            long rows) {}

    public record Proof(
            RunId drill,
            BackupId backup,
            DrillVerdict verdict,
            Instant finished,
            Duration age,
            Optional<Duration> recovery,
            List<String> reasons) {
        public Proof {
            reasons = List.copyOf(reasons);
        }
    }

    /// What the profile promises, if anything.
    public record Promises(Optional<Duration> rpo, Optional<Duration> rto) {
        public static final Promises NONE = new Promises(Optional.empty(), Optional.empty());
    }

    /// @param anyMoment whether every moment between is meant, and not only those of backups
    /// @param backups how many there are
    public record Window(Instant from, Instant to, boolean anyMoment, int backups) {}

    /// What retention decided about its backups, oldest first.
    public record Kept(Instant decided, String rules, List<RetentionNote.Backup> backups) {
        public Kept {
            backups = List.copyOf(backups);
        }
    }

    /// One line of the checklist.
    public record ReadyLine(
            String item, Readiness.Mark mark, String evidence, Optional<String> hint) {}
}
