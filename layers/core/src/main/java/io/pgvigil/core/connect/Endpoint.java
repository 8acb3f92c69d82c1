package io.pgvigil.core.connect;

import java.util.Optional;

/// Where a server listens and as whom we come.
///
/// A host that starts with `/` is the folder of a Unix socket.
public record Endpoint(
        String host, int port, String user, SslMode sslMode, Optional<String> sslRootCert) {
    public Endpoint {
        if (host.isEmpty() || host.indexOf('\0') >= 0)
            throw new IllegalArgumentException("a host cannot be empty or hold NUL");
        if (port < 1 || port > 65_535)
            throw new IllegalArgumentException("a port is between 1 and 65535, was " + port);
        if (user.isEmpty() || user.indexOf('\0') >= 0)
            throw new IllegalArgumentException("a user cannot be empty or hold NUL");
    }

    public boolean isUnixSocket() {
        return host.startsWith("/");
    }

    /// `host:port`, with brackets around an IPv6 address.
    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
