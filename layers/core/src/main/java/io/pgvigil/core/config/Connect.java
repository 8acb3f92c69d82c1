package io.pgvigil.core.config;

import io.pgvigil.core.connect.SslMode;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

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

    private static final Pattern HOST =
            Pattern.compile(
                    "[A-Za-z0-9_][A-Za-z0-9._-]{0,252}" // name or IPv4 address
                            + "|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*" // IPv6 address
                            + "|/[^\\s@]*"); // directory of a Unix socket

    /// PostgreSQL cuts longer names silently, and would then look for another role.
    private static final int LONGEST_USER = 63;

    public Connect {
        requireHost(host);
        if (port < 1 || port > 65_535)
            throw new IllegalArgumentException(port + " is not a port, 1 to 65535");
        requireUser(user);
        sslrootcert.ifPresent(Connect::requireRootCertificate);
    }

    /// Returns the host, or says what is wrong without repeating it: a URL in its place may carry
    /// a password.
    public static String requireHost(String host) {
        if (!HOST.matcher(host).matches())
            throw new IllegalArgumentException(
                    "is not a host; write a name, an address or the directory of a socket, without"
                            + " user, password or port");
        return host;
    }

    public static String requireUser(String user) {
        if (user.isBlank()
                || user.length() > LONGEST_USER
                || user.chars().anyMatch(Character::isISOControl))
            throw new IllegalArgumentException("is not a user; a role has 1 to 63 characters");
        return user;
    }

    public static String requireRootCertificate(String file) {
        if (!file.equals("system") && !file.startsWith("/"))
            throw new IllegalArgumentException(
                    "is not a full path; write /path/to/ca.pem or system");
        return file;
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
