package io.pgvigil.core.connect;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

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

    @Override
    public String toString() {
        return libpqName();
    }
}
