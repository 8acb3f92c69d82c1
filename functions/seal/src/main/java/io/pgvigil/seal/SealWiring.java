package io.pgvigil.seal;

import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.Settings;
import io.pgvigil.runtime.Stores;
import io.pgvigil.runtime.ThisHost;
import java.time.InstantSource;

/// What `seal` is made of on AWS and on a laptop alike.
final class SealWiring {
    private SealWiring() {}

    static Seals standard() {
        var environment = System.getenv();
        var settings = new Settings(environment);
        var store = settings.required("PGVIGIL_STORE");
        settings.throwIfAnyProblem();
        return new Seals(
                Stores.open(StoreUri.parse(store), environment),
                new ThisHost(),
                InstantSource.system());
    }
}
