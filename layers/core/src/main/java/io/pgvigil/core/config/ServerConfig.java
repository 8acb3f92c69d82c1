package io.pgvigil.core.config;

/// One server as the operator wants it.
///
/// @param profile the name of the profile it takes
/// @param policy that profile with this server's own overrides applied: what counts
public record ServerConfig(
        Connect connect,
        Databases databases,
        String profile,
        Profile policy,
        LogicalSelection logical,
        Limits limits) {
    ServerConfig with(Profile other) {
        return new ServerConfig(connect, databases, profile, other, logical, limits);
    }
}
