package io.pgvigil.report;

import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.report.Report;
import io.pgvigil.core.report.ReportFacts;
import io.pgvigil.core.report.ReportRules;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunProgress;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.watch.Readiness;
import io.pgvigil.runtime.ReadinessEvidence;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Runs;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/// Makes the page of a store, and changes nothing there.
public final class Reports {
    private final ObjectReader store;
    private final Sight sight;
    private final RetentionSight retention;

    public Reports(ObjectReader store, Sight sight, RetentionSight retention) {
        this.store = store;
        this.sight = sight;
        this.retention = retention;
    }

    /// The same report in each form.
    ///
    /// @param page HTML
    /// @param proofs CSV
    public record Pages(Report report, String page, String proofs) {
        public byte[] json() {
            return Json.compactBytes(report);
        }

        public byte[] html() {
            return page.getBytes(StandardCharsets.UTF_8);
        }

        public byte[] csv() {
            return proofs.getBytes(StandardCharsets.UTF_8);
        }

        /// The page last: whoever sees a new one finds what it tells of.
        public void keep(ObjectStore into) {
            into.put(Layout.PROOFS, csv());
            into.put(Layout.PAGE_DATA, json());
            into.put(Layout.PAGE, html());
        }
    }

    /// @param now as of when ages are told
    public Pages make(Instant now) {
        var seen = sight.see(now);
        var history = seen.facts().history();
        var readiness =
                Readiness.of(
                        seen.facts(),
                        seen.findings(),
                        ReadinessEvidence.of(store, history, seen.looked()),
                        now);
        var report =
                ReportRules.of(
                        new ReportFacts(
                                store.uri() + "",
                                seen.facts(),
                                seen.findings(),
                                readiness,
                                seen.looked(),
                                progress(seen.facts().open()),
                                retention.get()),
                        now);
        return new Pages(report, new Page().html(report), Proofs.csv(history));
    }

    private List<RunProgress> progress(List<Run> open) {
        return open.stream()
                .filter(run -> run.state() == RunState.STARTED)
                .flatMap(run -> Runs.progress(store, run.run()).stream())
                .toList();
    }
}
