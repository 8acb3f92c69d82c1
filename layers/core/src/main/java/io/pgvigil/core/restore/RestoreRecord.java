package io.pgvigil.core.restore;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The record of one restore, `runs/<run id>.restore.json`.
///
/// @param target where to, without a secret: `app@db.example:5432/orders`
/// @param dryRun whether it stopped after the plan
/// @param plan what was going to be done, in words, in order
/// @param warnings what an operator should know before or after
/// @param errors what failed and stayed failed, statement by statement, with the cause
/// @param kept the name under which the replaced database was kept
/// @param seconds duration of each stage
/// @param rows of each table, where a few were brought back and counted
/// @param failure why the restore as a whole is not done; present whenever an error is
public record RestoreRecord(
        int format,
        RunId run,
        BackupId backup,
        ServerName server,
        DatabaseName database,
        String target,
        boolean dryRun,
        Instant started,
        Instant finished,
        List<String> plan,
        List<String> warnings,
        List<String> errors,
        Optional<String> kept,
        Map<String, Double> seconds,
        Optional<Failure> failure,
        Map<String, Long> rows)
        implements Versioned {
    public static final int FORMAT = 1;

    public RestoreRecord {
        plan = List.copyOf(plan);
        warnings = List.copyOf(warnings);
        errors = List.copyOf(errors);
    }

    public RestoreRecord(
            int format,
            RunId run,
            BackupId backup,
            ServerName server,
            DatabaseName database,
            String target,
            boolean dryRun,
            Instant started,
            Instant finished,
            List<String> plan,
            List<String> warnings,
            List<String> errors,
            Optional<String> kept,
            Map<String, Double> seconds,
            Optional<Failure> failure) {
        this(
                format, run, backup, server, database, target, dryRun, started, finished, plan,
                warnings, errors, kept, seconds, failure, Map.of());
    }
}
