package io.pgvigil.core.run;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.Versioned;
import java.util.List;
import java.util.Optional;

/// A task's last word, `runs/<run id>.report.json`. A task that was killed leaves none.
///
/// @param results one per database of a backup, or one for a drill or restore
/// @param failure why the task as a whole failed, when it did
public record TaskReport(int format, RunId run, List<Result> results, Optional<Failure> failure)
        implements Versioned {
    public static final int FORMAT = 1;

    public TaskReport {
        results = List.copyOf(results);
    }

    /// @param manifest for a backup that waits to be sealed
    /// @param record for a drill or restore, where its record is stored
    public record Result(
            DatabaseName database,
            BackupId backup,
            Optional<Manifest> manifest,
            Optional<ObjectKey> record,
            Optional<Failure> failure) {}
}
