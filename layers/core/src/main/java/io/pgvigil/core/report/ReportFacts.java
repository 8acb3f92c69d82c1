package io.pgvigil.core.report;

import io.pgvigil.core.run.RunProgress;
import io.pgvigil.core.watch.Finding;
import io.pgvigil.core.watch.Readiness;
import io.pgvigil.core.watch.WatchFacts;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What the page is made of.
///
/// @param store its address
/// @param findings what stands
/// @param looked when watch looked last
/// @param progress how far tasks said they are
/// @param retention what retention decided last; empty when it never did
public record ReportFacts(
        String store,
        WatchFacts watched,
        List<Finding> findings,
        List<Readiness> readiness,
        Optional<Instant> looked,
        List<RunProgress> progress,
        Optional<RetentionNote> retention) {
    public ReportFacts {
        findings = List.copyOf(findings);
        readiness = List.copyOf(readiness);
        progress = List.copyOf(progress);
    }
}
