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
            names = "--stack",
            paramLabel = "NAME",
            description =
                    "Work with this deployed stack: its store, its configuration, its functions;"
                            + " default: PGVIGIL_STACK_NAME.")
    private @Nullable String stack;

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

    private @Nullable Remote remote;

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

    /// The stack to work with, when one is named. AWS is asked at the first need only.
    Optional<Remote> remote() {
        if (remote == null)
            remote = stackName().map(name -> Remote.open(name, System.getenv())).orElse(null);
        return Optional.ofNullable(remote);
    }

    /// What is typed beats what is set; `--stack` and `--store` are two answers to one question.
    Optional<String> stackName() {
        if (stack != null && store != null)
            throw contradiction("--stack and --store are both given");
        if (stack != null) return Optional.of(stack);
        if (store != null) return Optional.empty();
        var named = variable("PGVIGIL_STACK_NAME");
        if (named.isPresent() && variable("PGVIGIL_STORE").isPresent())
            throw contradiction("PGVIGIL_STACK_NAME and PGVIGIL_STORE are both set");
        return named;
    }

    private static Problem contradiction(String what) {
        return new Problem(
                ErrorCode.USAGE_INVALID, what, "A stack has its own store; say one of the two.");
    }

    private static Optional<String> variable(String name) {
        return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isBlank());
    }

    /// How a command names this store in commands that it suggests.
    String place() {
        return stackName().map(name -> "--stack " + name).orElseGet(() -> "--store " + store());
    }

    /// The configuration that was named here, not one that goes with a store or stack.
    Optional<String> typedConfig() {
        return Optional.ofNullable(config);
    }

    Optional<String> configFile() {
        return Optional.ofNullable(config)
                .or(() -> remote().map(Remote::config))
                .or(() -> variable("PGVIGIL_CONFIG"));
    }

    Optional<Configuration> configuration() {
        return Configured.from(configFile());
    }

    StoreUri store() {
        if (remote().isPresent()) return remote().get().store();
        return Optional.ofNullable(store)
                .or(() -> variable("PGVIGIL_STORE"))
                .filter(text -> !text.isBlank())
                .map(StoreUri::parse)
                .or(() -> configuration().map(Configuration::store))
                .orElseThrow(() ->
                        new Problem(
                                ErrorCode.USAGE_INVALID,
                                "it is not said where the backups are",
                                "Add --store ./backups, or set PGVIGIL_STORE, or name a"
                                        + " configuration with --config or a stack with --stack."));
    }
}
