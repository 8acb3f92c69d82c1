package io.pgvigil.core.store;

/// A small object read whole, with the token that says which state of it was read.
public record Document(ObjectKey key, byte[] content, String token) {}
