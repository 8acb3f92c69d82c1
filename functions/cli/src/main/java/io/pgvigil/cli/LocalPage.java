package io.pgvigil.cli;

import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.ConfigurationSource;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Optional;
import java.util.function.Consumer;

/// The page of a directory, written anew by whoever changed something there; in a stack a function does
/// that.
final class LocalPage {
    private final ObjectStore store;
    private final Optional<Configuration> configuration;
    private final Consumer<String> remarks;

    private LocalPage(
            ObjectStore store, Optional<Configuration> configuration, Consumer<String> remarks) {
        this.store = store;
        this.configuration = configuration;
        this.remarks = remarks;
    }

    /// Nothing where the store is no directory: it may belong to a stack.
    ///
    /// @param configuration what the command was given; else the store's own counts
    static Runnable of(
            StoreUri uri,
            ObjectStore store,
            Optional<Configuration> configuration,
            Consumer<String> remarks) {
        return uri instanceof StoreUri.Directory
                ? new LocalPage(store, configuration, remarks)::renew
                : () -> {};
    }

    private void renew() {
        var clock = InstantSource.system();
        try {
            var known = configuration.or(() -> StoredRules.own(store, new ArrayList<>()));
            LocalReports.of(store, ConfigurationSource.fixed(known), clock)
                    .make(clock.instant())
                    .keep(store);
        } catch (RuntimeException e) {
            // What was done is done, and its answer must not get lost because of a page.
            remarks.accept("the page could not be written: " + e.getMessage());
        }
    }
}
