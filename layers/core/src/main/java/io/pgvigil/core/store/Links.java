package io.pgvigil.core.store;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/// Addresses under which somebody without rights in the store can read one object for a while.
public interface Links {
    /// @param type what a browser is told that it is
    /// @param length how long the address is good at most; it may end earlier, with the rights of who made it
    Optional<URI> link(ObjectKey key, String type, Duration length);
}
