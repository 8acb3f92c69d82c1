package io.pgvigil.core.connect;

import java.util.Optional;

/// An endpoint together with what opens it. No password means that the server asks for none, or
/// that libpq finds it by itself.
///
/// As a source it always gives itself: for servers of our own, whose password nobody changes.
public record Login(Endpoint endpoint, Optional<Secret> password) implements LoginSource {
    public Login {
        password.ifPresent(secret -> {
            if (secret.reveal().indexOf('\0') >= 0)
                throw new IllegalArgumentException("a password cannot hold NUL");
        });
    }

    @Override
    public Login login() {
        return this;
    }

    @Override
    public boolean changes() {
        return false;
    }
}
