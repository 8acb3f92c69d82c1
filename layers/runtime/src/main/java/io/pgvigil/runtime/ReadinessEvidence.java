package io.pgvigil.runtime;

import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.core.watch.ChannelsTested;
import io.pgvigil.core.watch.History;
import io.pgvigil.core.watch.Readiness;
import io.pgvigil.wire.Concurrently;
import io.pgvigil.wire.Json;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Optional;

/// What the checklist needs besides what watch knows. Looks up one object of each database.
public final class ReadinessEvidence {
    private static final int READS_IN_FLIGHT = 16;

    private ReadinessEvidence() {}

    /// @param looked when watch looked last
    public static Readiness.Evidence of(
            ObjectReader store, History history, Optional<Instant> looked) {
        var runbooks = new HashMap<Readiness.DatabasePlace, Instant>();
        history.databases().stream()
                .map(one -> new Readiness.DatabasePlace(one.server(), one.database()))
                .gather(Concurrently.map(READS_IN_FLIGHT, place -> Written.of(store, place)))
                .forEach(one -> one.at().ifPresent(at -> runbooks.put(one.place(), at)));
        return new Readiness.Evidence(looked, retained(store), tested(store), runbooks);
    }

    private record Written(Readiness.DatabasePlace place, Optional<Instant> at) {
        static Written of(ObjectReader store, Readiness.DatabasePlace place) {
            return new Written(
                    place,
                    store.stat(Layout.runbook(place.server(), place.database()))
                            .map(StoredObject::modified));
        }
    }

    /// When retention last wrote down what it did.
    private static Optional<Instant> retained(ObjectReader store) {
        try (var objects = store.list(Layout.RETENTION)) {
            return objects.filter(object -> object.key().value().split("/").length == 2)
                    .map(StoredObject::modified)
                    .max(Comparator.naturalOrder());
        }
    }

    /// When every channel last took a test message.
    private static Optional<Instant> tested(ObjectReader store) {
        return store.document(Layout.CHANNELS)
                .map(document -> Json.read(document, ChannelsTested.class, ChannelsTested.FORMAT))
                .map(ChannelsTested::at);
    }
}
