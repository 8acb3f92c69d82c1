package io.pgvigil.core.drill;

import java.time.LocalDate;

/// A difference the owner knows and accepts for a while.
///
/// @param object the object's title as a verdict names it, `*` matches any text
/// @param expires the last day on which it holds, in UTC
public record Acceptance(String object, String reason, LocalDate expires) {}
