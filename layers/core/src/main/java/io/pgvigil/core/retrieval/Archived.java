package io.pgvigil.core.retrieval;

import io.pgvigil.core.store.StorageClass;

/// What of a backup lies in an archive class.
public record Archived(StorageClass in, long bytes, int objects) {
    public Archived {
        if (in.readable()) throw new IllegalArgumentException(in + " is read at once");
    }
}
