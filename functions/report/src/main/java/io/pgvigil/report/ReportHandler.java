package io.pgvigil.report;

import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.report.Protection;
import io.pgvigil.core.store.Links;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.runtime.Doorway;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.wire.Json;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/// `report`: writes the page into the store, and says where it can be read.
public final class ReportHandler extends Doorway<ReportRequested> {
    /// Long enough to look, short enough to send round by mistake.
    public static final Duration LINK_LENGTH = Duration.ofHours(1);

    /// What a browser is told that the page is.
    public static final String HTML = "text/html; charset=utf-8";

    private final ObjectStore store;
    private final Reports reports;
    private final Links links;
    private final StateLog log;
    private final InstantSource clock;

    public ReportHandler() {
        this(ReportWiring.standard());
    }

    private ReportHandler(ReportHandler standard) {
        this(standard.store, standard.reports, standard.links, standard.log, standard.clock);
    }

    public ReportHandler(
            ObjectStore store, Reports reports, Links links, StateLog log, InstantSource clock) {
        this.store = store;
        this.reports = reports;
        this.links = links;
        this.log = log;
        this.clock = clock;
    }

    /// @param written false when a page was begun after what was announced
    /// @param link under which anybody can read the page until `until`
    public record Answer(
            boolean written,
            String page,
            String data,
            String proofs,
            Optional<Protection> protection,
            Optional<String> headline,
            Optional<URI> link,
            Optional<Instant> until) {}

    @Override
    protected ReportRequested decode(byte[] event) {
        return event(event, ReportRequested.class, "report.manual");
    }

    @Override
    protected Object handle(ReportRequested request, String nonce) {
        var now = clock.instant();
        // A night of two hundred backups announces as many times; one page tells of all of them.
        if (request.time().filter(this::begunSince).isPresent())
            return answer(Optional.empty(), now);
        store.put(Layout.PAGE_BEGUN, Json.bytes(new Begun(now)));
        var pages = reports.make(now);
        pages.keep(store);
        var answer = pages.report().answer();
        log.event(
                "written",
                Map.of(
                        "because", request.happened().orElse("asked"),
                        "protection", answer.protection(),
                        "databases", pages.report().databases().size()));
        return answer(Optional.of(pages), now);
    }

    private record Begun(Instant at) {}

    /// Whether somebody began to look after this happened; should he die, Lambda tries his event again. Both
    /// times may lack a part of a second.
    private boolean begunSince(Instant time) {
        return store.stat(Layout.PAGE_BEGUN)
                .map(StoredObject::modified)
                .filter(at -> at.isAfter(time.plusSeconds(1)))
                .isPresent();
    }

    private Answer answer(Optional<Reports.Pages> pages, Instant now) {
        // Who only announced something reads no answer.
        var link = pages.flatMap(_ -> links.link(Layout.PAGE, HTML, LINK_LENGTH));
        var answer = pages.map(made -> made.report().answer());
        return new Answer(
                pages.isPresent(),
                Layout.PAGE + "",
                Layout.PAGE_DATA + "",
                Layout.PROOFS + "",
                answer.map(one -> one.protection()),
                answer.map(one -> one.headline()),
                link,
                link.filter(at -> !"file".equals(at.getScheme())).map(_ -> now.plus(LINK_LENGTH)));
    }
}
