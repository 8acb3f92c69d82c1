package io.pgvigil.restore;

import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.Launchers;
import io.pgvigil.runtime.Orders;
import io.pgvigil.runtime.Settings;
import io.pgvigil.runtime.Stores;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Runs;
import java.time.InstantSource;

/// What `restore` is made of on AWS and on a laptop alike.
final class RestoreWiring {
    private RestoreWiring() {}

    static Restores standard() {
        var environment = System.getenv();
        var settings = new Settings(environment);
        var address = settings.required("PGVIGIL_STORE");
        settings.throwIfAnyProblem();
        var uri = StoreUri.parse(address);
        var store = Stores.open(uri, environment);
        var launcher = Launchers.standard(uri, environment);
        return new Restores(
                new Catalog(store), new Orders(new Runs(store), launcher, InstantSource.system()));
    }
}
