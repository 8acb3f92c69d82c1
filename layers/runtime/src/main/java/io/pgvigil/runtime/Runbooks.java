package io.pgvigil.runtime;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.runbook.Runbook;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Manifests;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.Optional;

/// Writes a database's runbook anew after a drill of it.
public final class Runbooks {
    private final ObjectStore store;
    private final Optional<String> topic;

    /// @param topic who hears of everything, for the page's last paragraph
    public Runbooks(ObjectStore store, Optional<String> topic) {
        this.store = store;
        this.topic = topic;
    }

    /// A drill without a record came to no verdict, and says nothing about the page that is there.
    public void write(ServerName server, DatabaseName database, RunId drill) {
        store.document(Layout.drill(server, database, drill))
                .map(document -> Json.read(document, Drill.class, Drill.FORMAT))
                .ifPresent(this::write);
    }

    private void write(Drill newest) {
        var proof =
                newest.verdict() == DrillVerdict.NOT_PROVEN ? earlier(newest) : Optional.of(newest);
        var page =
                new Runbook(
                        store.uri(),
                        newest,
                        proof,
                        proof.flatMap(this::manifest),
                        topic,
                        Version.CURRENT);
        store.put(
                Layout.runbook(newest.server(), newest.database()),
                page.text().getBytes(StandardCharsets.UTF_8));
    }

    private Optional<Drill> earlier(Drill newest) {
        return new Catalog(store)
                .drills(newest.server(), newest.database()).stream()
                        .filter(one -> one.verdict() != DrillVerdict.NOT_PROVEN)
                        .filter(one -> manifest(one).isPresent())
                        .max(Comparator.comparing(Drill::finished));
    }

    private Optional<Manifest> manifest(Drill drill) {
        return store.document(
                        Layout.of(
                                drill.server(), drill.database(), drill.backup(), Layout.MANIFEST))
                .map(Manifests::read);
    }
}
