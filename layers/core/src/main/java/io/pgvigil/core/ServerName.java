package io.pgvigil.core;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.Set;

/// The name under which one PostgreSQL cluster is known in a store; a folder, so kept plain.
public record ServerName(String value) implements Comparable<ServerName> {
    /// What else lies at the top of a store.
    private static final Set<String> TAKEN =
            Set.of("runs", "leases", "schedule", "retention", "report", "config.yaml");

    public ServerName {
        if (!value.matches("[a-z0-9][a-z0-9._-]{0,62}") || TAKEN.contains(value))
            throw new Problem(
                    ErrorCode.NAME_INVALID,
                    shown(value) + " cannot be a server's name",
                    "Use up to 63 lower-case letters, digits, dots, dashes and underscores, starting"
                            + " with a letter or digit; runs, leases, schedule, retention, report and"
                            + " config.yaml are taken.");
    }

    /// A URL in the wrong place can hold a password, so it is not repeated.
    private static String shown(String value) {
        return value.indexOf('@') >= 0 || value.contains("://") ? "a URL" : "'" + value + "'";
    }

    /// The name a server gets when only a URL is known: host and port, made plain.
    public static ServerName of(String host, int port) {
        var plain = host.toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z0-9.-]+", "-");
        plain = plain.replaceAll("^[^a-z0-9]+", "");
        if (plain.isEmpty()) plain = "local";
        if (plain.length() > 50) plain = plain.substring(0, 50);
        return new ServerName(plain + "-" + port);
    }

    @Override
    public int compareTo(ServerName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
