package io.pgvigil.core.retention;

/// Nothing of the lane is deleted, and why.
public record Stop(Lane lane, String why) {}
