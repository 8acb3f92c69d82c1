package io.pgvigil.core.config;

import io.pgvigil.core.connect.SslMode;
import java.util.Locale;
import java.util.Optional;

/// How to reach one PostgreSQL server.
///
/// @param host a name, an address, or the directory of a Unix socket
/// @param sslrootcert a file of certificate authorities, or `system`; empty: libpq's own default
public record Connect(
        String host,
        int port,
        String user,
        SecretReference secret,
        SslMode sslmode,
        Optional<String> sslrootcert) {

    public static final int DEFAULT_PORT = 5432;

    /// PostgreSQL cuts longer names silently, and would then look for another role.
    private static final int LONGEST_USER = 63;

    public Connect {
        // A host that is really a URL may carry a password, so no message repeats it.
        if (!host.matches(
                "[A-Za-z0-9_]([A-Za-z0-9._-]{0,252})|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*|/[^\\s@]*"))
            throw new IllegalArgumentException(
                    "is not a host; write a name, an address or the directory of a socket, without"
                            + " user, password or port");
        if (port < 1 || port > 65_535)
            throw new IllegalArgumentException(port + " is not a port, 1 to 65535");
        if (user.isBlank() || user.length() > LONGEST_USER || user.indexOf('\0') >= 0)
            throw new IllegalArgumentException("a user has 1 to 63 characters");
        sslrootcert.ifPresent(file -> {
            if (!file.equals("system") && !file.startsWith("/"))
                throw new IllegalArgumentException(
                        "'" + file + "' is not a full path; write /path/to/ca.pem or system");
        });
    }

    /// Encryption that fits the distance: certainty across a network, whatever works at home.
    ///
    /// Across a network the default is `verify-full`: anything less can be answered by a stranger.
    /// On the same machine there is nobody in between and rarely a certificate: `prefer`.
    public static SslMode defaultSslMode(String host) {
        return isLocal(host) ? SslMode.PREFER : SslMode.VERIFY_FULL;
    }

    public boolean isLocal() {
        return isLocal(host);
    }

    /// Host and port in a form that is equal for two ways of writing the same place.
    public String endpoint() {
        var plain =
                isLocal() && !host.startsWith("/") ? "localhost" : host.toLowerCase(Locale.ROOT);
        while (plain.length() > 1 && (plain.endsWith(".") || plain.endsWith("/")))
            plain = plain.substring(0, plain.length() - 1);
        return plain + ":" + port;
    }

    private static boolean isLocal(String host) {
        return host.startsWith("/")
                || host.equalsIgnoreCase("localhost")
                || host.matches("127\\.[0-9.]+")
                || host.equals("::1");
    }
}
