package io.pgvigil.runtime;

import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.config.Connect;
import io.pgvigil.core.config.SecretReference;
import io.pgvigil.core.config.ServerConfig;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.wire.config.ConfigurationReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// The configuration, from a file or from an object in S3, and its parts as orders need them.
public final class Configured {
    private Configured() {}

    /// @param place a path, or `s3://bucket/key`
    public static Optional<Configuration> from(Optional<String> place) {
        return place.map(where -> ConfigurationReader.read(text(where), where));
    }

    /// The YAML text itself.
    public static String text(String place) {
        try {
            return place.startsWith("s3://")
                    ? fromS3(place)
                    : Files.readString(Path.of(place.replaceFirst("^file://", "")));
        } catch (NoSuchFileException e) {
            throw notFound(place, e);
        } catch (IOException e) {
            throw new Problem(
                    ErrorCode.CONFIG_NOT_FOUND,
                    "the configuration " + place + " cannot be read: " + e.getMessage(),
                    "May this user read it, and is it UTF-8?",
                    e);
        }
    }

    private static String fromS3(String place) {
        var slash = place.lastIndexOf('/');
        var store =
                Stores.open(StoreUri.parse(place.substring(0, slash)), Map.copyOf(System.getenv()));
        try {
            return store.document(new ObjectKey(place.substring(slash + 1)))
                    .map(document -> new String(document.content(), StandardCharsets.UTF_8))
                    .orElseThrow(() -> notFound(place, null));
        } finally {
            // Functions that stay warm read it again and again.
            Stores.close(store);
        }
    }

    private static Problem notFound(
            String place, @org.jspecify.annotations.Nullable Throwable cause) {
        return new Problem(
                ErrorCode.CONFIG_NOT_FOUND,
                "there is no configuration at " + place,
                "Is PGVIGIL_CONFIG or --config spelled right? docs/configuration.md has an example.",
                cause);
    }

    public static ServerConfig server(Configuration configuration, ServerName name) {
        return configuration
                .server(name)
                .orElseThrow(() ->
                        new Problem(
                                ErrorCode.CONFIG_INVALID,
                                "the configuration has no server " + name,
                                "It has "
                                        + String.join(
                                                ", ",
                                                configuration.servers().keySet().stream()
                                                        .map(ServerName::value)
                                                        .toList())
                                        + "."));
    }

    public static ConnectionRef connection(Connect connect) {
        return new ConnectionRef(
                connect.host(),
                connect.port(),
                connect.user(),
                connect.sslmode().libpqName(),
                connect.sslrootcert(),
                connect.secret() instanceof SecretReference.None
                        ? Optional.empty()
                        : Optional.of(connect.secret().toString()));
    }
}
