package io.pgvigil.core.config;

/// Something about a readable configuration that the operator should know.
///
/// @param path the setting it is about: `servers.orders-prod.overrides.rpo`
/// @param what lower case, without a full stop
/// @param hint a sentence that says what to do
public record Finding(Severity severity, String path, String what, String hint) {
    public enum Severity {
        /// A promise that cannot be kept: the configuration contradicts itself.
        PROBLEM,
        /// It works, and one day it will hurt.
        WARNING,
        /// Worth knowing.
        NOTE
    }
}
