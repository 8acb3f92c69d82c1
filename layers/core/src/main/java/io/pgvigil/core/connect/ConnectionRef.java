package io.pgvigil.core.connect;

import java.util.Optional;

/// How a task reaches a server: everything but the password, and where that is to be found.
///
/// Can be stored and logged.
///
/// @param secret `env:NAME`, `passfile:/path`, a Secrets Manager ARN, `iam`; empty for what libpq would
///     use by itself
public record ConnectionRef(
        String host,
        int port,
        String user,
        String sslMode,
        Optional<String> sslRootCert,
        Optional<String> secret) {
    private static final int HIGHEST_PORT = 65_535;

    public ConnectionRef {
        if (port < 1 || port > HIGHEST_PORT)
            throw new IllegalArgumentException("port must be 1 to 65535, was " + port);
    }

    @Override
    public String toString() {
        return user + "@" + host + ":" + port;
    }
}
