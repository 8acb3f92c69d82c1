package io.pgvigil.core.connect;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// How much TLS a connection asks for, in libpq's words.
public enum SslMode {
    DISABLE,
    ALLOW,
    PREFER,
    REQUIRE,
    VERIFY_CA,
    VERIFY_FULL;

    /// The name libpq and the JDBC driver share, for example `verify-full`.
    public String libpqName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static Optional<SslMode> of(String libpqName) {
        return Arrays.stream(values())
                .filter(mode -> mode.libpqName().equals(libpqName))
                .findFirst();
    }

    /// Whether a stranger on the wire who answers in the server's place would be noticed.
    public boolean recognisesServer() {
        return this == VERIFY_CA || this == VERIFY_FULL;
    }

    /// Like [#of], for a text that has to be one.
    public static SslMode parse(String text) {
        return of(text).orElseThrow(() ->
                new IllegalArgumentException(
                        "'"
                                + text
                                + "' is not an sslmode; write "
                                + Arrays.stream(values())
                                        .map(SslMode::libpqName)
                                        .collect(Collectors.joining(", "))));
    }

    @Override
    public String toString() {
        return libpqName();
    }
}
