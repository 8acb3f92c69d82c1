package io.pgvigil.cli;

import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.report.RetentionNote;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.report.Reports;
import io.pgvigil.report.Sight;
import io.pgvigil.retention.Notes;
import io.pgvigil.retention.Retention;
import io.pgvigil.runtime.Announcements;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.runtime.ThisHost;
import io.pgvigil.watch.Findings;
import java.time.InstantSource;
import java.util.Optional;

/// The page as it is made here: watch and retention look now, and change nothing.
final class LocalReports {
    private LocalReports() {}

    /// @param clock as of when all of it is judged
    static Reports of(ObjectStore store, ConfigurationSource source, InstantSource clock) {
        var findings =
                new Findings(
                        store,
                        source,
                        // Nobody is told: whoever called the command reads its answer.
                        new Announcements(store, Optional.empty(), clock),
                        Findings.KeySight.NONE,
                        StateLog.SILENT,
                        clock);
        var retention = new Retention(store, source, new ThisHost(), clock);
        return new Reports(
                store,
                now -> {
                    var look = findings.see(now);
                    return new Sight.Seen(look.facts(), look.findings(), look.before());
                },
                () -> decided(retention));
    }

    private static Optional<RetentionNote> decided(Retention retention) {
        try {
            return Optional.of(Notes.of(retention.plan(false)));
        } catch (Problem undecided) {
            // The page does without; pgvigil retention plan says why.
            return Optional.empty();
        }
    }
}
