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

    @Override
    public String toString() {
        return user + "@" + host + ":" + port;
    }
}
