package io.pgvigil.core.store;

/// Whether an object can be read.
public enum Access {
    AT_ONCE,
    /// It lies in an archive class, and a copy that can be read was asked for.
    COMING,
    /// It lies in an archive class.
    ARCHIVED
}
