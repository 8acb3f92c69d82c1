package io.pgvigil.core.config;

import io.pgvigil.core.store.StoreUri;
import java.util.Optional;

/// A further store for every backup.
///
/// @param keep what stays there; empty: what stays in the store itself
public record CopyPlace(StoreUri to, Optional<Keep> keep) {
    @Override
    public String toString() {
        return to + "";
    }
}
