package io.pgvigil.core.drill;

/// A question of the user's own to the restored database; its first column must be true.
///
/// @param name what reports call it
public record Check(String name, String sql) {}
