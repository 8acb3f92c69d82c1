package io.pgvigil.core.retention;

/// What the newest drill of a backup said.
public enum Proof {
    PROVEN,
    UNTRIED,
    FAILED
}
