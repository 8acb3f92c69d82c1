package io.pgvigil.core.store;

/// A locked object that no reader sees because somebody deleted it.
public record HiddenObject(ObjectKey key, ObjectLock lock) {}
