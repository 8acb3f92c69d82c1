package io.pgvigil.retention;

import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.Configured;
import io.pgvigil.runtime.FurtherStores;
import io.pgvigil.runtime.HeadStart;
import io.pgvigil.runtime.Metrics;
import io.pgvigil.runtime.Settings;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.runtime.Stores;
import io.pgvigil.runtime.ThisHost;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.config.ConfigurationReader;
import java.time.InstantSource;
import java.util.Optional;

/// What `retention` is made of on AWS and on a laptop alike.
final class RetentionWiring {
    private RetentionWiring() {}

    static RetentionHandler standard() {
        var environment = System.getenv();
        var settings = new Settings(environment);
        var address = settings.required("PGVIGIL_STORE");
        // Without a configuration nothing may be deleted, so its absence is a mistake.
        var config = settings.required("PGVIGIL_CONFIG");
        settings.throwIfAnyProblem();
        var uri = StoreUri.parse(address);
        // While this thread makes the client of S3, which takes longest.
        HeadStart.with(
                Json::prepare,
                () -> Stores.prepare(uri, environment),
                ConfigurationReader::prepare);
        var clock = InstantSource.system();
        var places =
                new Places(
                        Stores.open(uri, environment),
                        // Read anew each time: a function that stays warm must not act by what was.
                        () -> Configured.from(Optional.of(config)),
                        // Opened once and kept, like the store.
                        new FurtherStores(environment),
                        new ThisHost(),
                        clock);
        return new RetentionHandler(
                places, Metrics.standard(environment), StateLog.standard("retention"), clock);
    }
}
