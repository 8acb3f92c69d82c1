package io.pgvigil.retention;

import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.Configured;
import io.pgvigil.runtime.Settings;
import io.pgvigil.runtime.Stores;
import io.pgvigil.runtime.ThisHost;
import java.time.InstantSource;
import java.util.Optional;

/// What `retention` is made of on AWS and on a laptop alike.
final class RetentionWiring {
    private RetentionWiring() {}

    static Retention standard() {
        var environment = System.getenv();
        var settings = new Settings(environment);
        var address = settings.required("PGVIGIL_STORE");
        // Without a configuration nothing may be deleted, so its absence is a mistake.
        var config = settings.required("PGVIGIL_CONFIG");
        settings.throwIfAnyProblem();
        return new Retention(
                Stores.open(StoreUri.parse(address), environment),
                Configured.from(Optional.of(config)),
                new ThisHost(),
                InstantSource.system());
    }
}
