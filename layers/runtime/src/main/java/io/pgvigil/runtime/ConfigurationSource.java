package io.pgvigil.runtime;

import io.pgvigil.core.config.Configuration;
import java.util.Optional;

/// Where the configuration comes from, asked anew each time.
@FunctionalInterface
public interface ConfigurationSource {
    /// The configuration that counts now; empty when there is none. Changes nothing.
    Optional<Configuration> current();

    /// The same at a tick, when a new configuration is accepted or rejected.
    default Optional<Configuration> refreshed() {
        return current();
    }

    static ConfigurationSource fixed(Optional<Configuration> configuration) {
        return () -> configuration;
    }
}
