package io.pgvigil.core.store;

import java.time.Instant;

/// An upload that was begun and neither completed nor aborted; it costs money until it is.
///
/// @param id the store's own name for it
/// @param begun when it was begun, or when it last grew, where the store knows only that
public record PendingUpload(ObjectKey key, String id, Instant begun) {}
