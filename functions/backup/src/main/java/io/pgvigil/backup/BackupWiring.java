package io.pgvigil.backup;

import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.Configured;
import io.pgvigil.runtime.Launchers;
import io.pgvigil.runtime.Orders;
import io.pgvigil.runtime.Settings;
import io.pgvigil.runtime.Stores;
import io.pgvigil.wire.Runs;
import java.time.InstantSource;

/// What `backup` is made of on AWS and on a laptop alike.
final class BackupWiring {
    private BackupWiring() {}

    static Backups standard() {
        var environment = System.getenv();
        var settings = new Settings(environment);
        var address = settings.required("PGVIGIL_STORE");
        settings.throwIfAnyProblem();
        var uri = StoreUri.parse(address);
        var store = Stores.open(uri, environment);
        var launcher = Launchers.standard(uri, environment);
        return new Backups(
                Configured.from(settings.optional("PGVIGIL_CONFIG")),
                new Orders(new Runs(store), launcher, InstantSource.system()));
    }
}
