package io.pgvigil.core.doctor;

/// SQL that grants something that is missing, to be run in that database by an administrator.
///
/// @param sql one line, or statements that can be run again without harm
/// @param why a line for the comment above it
/// @param asked whether what is to be made needs it; otherwise it opens what could be made besides
public record Remedy(String sql, String why, boolean asked) {}
