package io.pgvigil.core.store;

/// A stored document that says which version of its shape it has.
public interface Versioned {
    int format();
}
