package io.pgvigil.core.connect;

import java.util.Optional;

/// Where passwords are looked up by reference. Asked anew for each connection, because what it gives
/// may be short-lived.
public interface SecretSource {

    /// The password for a connection, or empty when this source does not know that kind of
    /// reference. Throws `SECRET_NOT_FOUND` when it knows the kind and has no such secret.
    Optional<Secret> find(String reference, Endpoint endpoint);
}
