package io.pgvigil.cli;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.Configured;
import io.pgvigil.wire.Catalog;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Options that work everywhere.
final class Common {
    @Option(
            names = "--store",
            paramLabel = "URI",
            description =
                    "s3://bucket/prefix, file:///dir or a directory; default: PGVIGIL_STORE,"
                            + " then the configuration's.")
    private @Nullable String store;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The YAML configuration; default: PGVIGIL_CONFIG.")
    private @Nullable String config;

    @Option(names = "--server", paramLabel = "NAME", description = "The server's name.")
    private @Nullable String server;

    @Option(names = "--database", paramLabel = "NAME", description = "The database's name.")
    private @Nullable String database;

    @Option(names = "--json", description = "Answer in JSON on stdout.")
    private boolean json;

    boolean json() {
        return json;
    }

    Optional<ServerName> server() {
        return Optional.ofNullable(server).map(ServerName::new);
    }

    Optional<DatabaseName> database() {
        return Optional.ofNullable(database).map(DatabaseName::new);
    }

    Catalog.Filter filter() {
        return new Catalog.Filter(server(), database());
    }

    Optional<String> configFile() {
        return Optional.ofNullable(config)
                .or(() -> Optional.ofNullable(System.getenv("PGVIGIL_CONFIG")))
                .filter(file -> !file.isBlank());
    }

    Optional<Configuration> configuration() {
        return Configured.from(configFile());
    }

    StoreUri store() {
        return Optional.ofNullable(store)
                .or(() -> Optional.ofNullable(System.getenv("PGVIGIL_STORE")))
                .filter(text -> !text.isBlank())
                .map(StoreUri::parse)
                .or(() -> configuration().map(Configuration::store))
                .orElseThrow(() ->
                        new Problem(
                                ErrorCode.USAGE_INVALID,
                                "it is not said where the backups are",
                                "Add --store ./backups, or set PGVIGIL_STORE, or name a"
                                        + " configuration with --config."));
    }
}
