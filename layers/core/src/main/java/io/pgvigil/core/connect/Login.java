package io.pgvigil.core.connect;

import java.util.Optional;

/// An endpoint together with what opens it. No password means that the server asks for none, or
/// that libpq finds it by itself.
public record Login(Endpoint endpoint, Optional<Secret> password) {
    public Login {
        password.ifPresent(secret -> {
            if (secret.reveal().indexOf('\0') >= 0)
                throw new IllegalArgumentException("a password cannot hold NUL");
        });
    }
}
