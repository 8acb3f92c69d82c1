package io.pgvigil.core.config;

import io.pgvigil.core.backup.Selection;

/// One server as the operator wants it.
///
/// @param profile the name of the profile it takes
/// @param policy that profile with this server's own overrides applied: what counts
public record ServerConfig(
        Connect connect,
        Databases databases,
        String profile,
        Profile policy,
        Selection logical,
        Limits limits) {
    ServerConfig with(Profile other) {
        return new ServerConfig(connect, databases, profile, other, logical, limits);
    }
}
