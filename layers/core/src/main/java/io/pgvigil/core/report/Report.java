package io.pgvigil.core.report;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.run.Pace;
import io.pgvigil.core.store.Versioned;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What protects everything in a store, `report/report.json`. The page shows this and nothing else.
///
/// @param at as of when it is true
/// @param looked when watch looked last
/// @param databases the worst first, then by name
public record Report(
        int format,
        Instant at,
        String store,
        Optional<Instant> looked,
        Answer answer,
        Totals totals,
        List<Found> findings,
        List<DatabaseReport> databases,
        List<Running> running,
        Optional<Storage> storage)
        implements Versioned {
    public static final int FORMAT = 1;

    public Report {
        findings = List.copyOf(findings);
        databases = List.copyOf(databases);
        running = List.copyOf(running);
    }

    /// Protected or not, and why.
    ///
    /// @param headline one sentence
    /// @param because more sentences; the first say most
    public record Answer(Protection protection, String headline, List<String> because) {
        public Answer {
            because = List.copyOf(because);
        }
    }

    /// @param loss where most work would be lost now
    /// @param recovery where the last proven recovery took longest
    /// @param oldestProof where the newest proof is oldest
    /// @param bytes what lies in the store, as far as backups are remembered
    public record Totals(
            int databases,
            int guarded,
            int backups,
            long bytes,
            Optional<Extreme> loss,
            Optional<Extreme> recovery,
            Optional<Extreme> oldestProof) {}

    public record Extreme(ServerName server, DatabaseName database, Duration length) {}

    /// @param finding its code, see `docs/findings.md`
    /// @param severity `INFO`, `WARNING`, `CRITICAL`
    public record Found(
            String finding,
            String severity,
            Optional<ServerName> server,
            Optional<DatabaseName> database,
            Instant since,
            String what,
            String hint) {}

    /// A run that is not over.
    ///
    /// @param work `backup`, `verify` …
    /// @param about the databases it is about; empty: whatever the server has
    /// @param usual how long its like took before
    /// @param pace how far its task said it is
    public record Running(
            RunId run,
            ServerName server,
            List<DatabaseName> about,
            String work,
            String state,
            Instant asked,
            Optional<Instant> started,
            Optional<Duration> usual,
            Optional<Pace> pace) {
        public Running {
            about = List.copyOf(about);
        }
    }

    /// @param dollars a month, by the list of `prices`
    public record Storage(
            Instant decided,
            long bytes,
            Optional<Double> dollars,
            List<RetentionNote.InClass> classes,
            Optional<RetentionNote.Prices> prices) {
        public Storage {
            classes = List.copyOf(classes);
        }
    }
}
