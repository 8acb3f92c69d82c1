package io.pgvigil.report;

import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.report.RetentionNote;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.Configured;
import io.pgvigil.runtime.HeadStart;
import io.pgvigil.runtime.Settings;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.runtime.Stores;
import io.pgvigil.wire.Histories;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.config.ConfigurationReader;
import java.time.InstantSource;
import java.util.Optional;

/// What `report` is made of when it is deployed.
final class ReportWiring {
    private ReportWiring() {}

    static ReportHandler standard() {
        var environment = System.getenv();
        var settings = new Settings(environment);
        var address = settings.required("PGVIGIL_STORE");
        var config = settings.optional("PGVIGIL_CONFIG");
        settings.throwIfAnyProblem();
        var uri = StoreUri.parse(address);
        // While this thread makes the client of S3, which takes longest.
        HeadStart.with(
                Json::prepare,
                () -> Stores.prepare(uri, environment),
                Histories::prepare,
                ConfigurationReader::prepare);
        var store = Stores.open(uri, environment);
        return new ReportHandler(
                store,
                new Reports(
                        store,
                        // Read anew each time: a function that stays warm must not tell what was.
                        new KeptSight(store, () -> Configured.from(config)),
                        () -> decided(store)),
                Stores.links(uri, environment),
                StateLog.standard("report"),
                InstantSource.system());
    }

    private static Optional<RetentionNote> decided(ObjectStore store) {
        return store.document(Layout.RETENTION_NOTE)
                .map(document -> Json.read(document, RetentionNote.class, RetentionNote.FORMAT));
    }
}
