package io.pgvigil.core.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// How a connection is encrypted and the server recognised, in libpq's words.
public enum SslMode {
    DISABLE,
    ALLOW,
    PREFER,
    REQUIRE,
    VERIFY_CA,
    VERIFY_FULL;

    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// Whether a stranger on the wire who answers in the server's place would be noticed.
    public boolean recognisesServer() {
        return this == VERIFY_CA || this == VERIFY_FULL;
    }

    public static SslMode parse(String text) {
        for (var mode : values()) if (mode.word().equals(text)) return mode;
        throw new IllegalArgumentException(
                "'"
                        + text
                        + "' is not an sslmode; write "
                        + Arrays.stream(values())
                                .map(SslMode::word)
                                .collect(Collectors.joining(", ")));
    }

    @Override
    public String toString() {
        return word();
    }
}
