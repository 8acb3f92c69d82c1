package io.pgvigil.core.run;

import io.pgvigil.core.store.LockMode;
import java.time.Instant;
import java.util.Optional;

/// How a backup was locked when it was sealed, or arrived in a further store.
///
/// @param failure why not every object of it is locked; it is a backup all the same
public record Locked(LockMode mode, Instant until, Optional<Failure> failure) {
    /// For people.
    @Override
    public String toString() {
        return failure.map(why -> "not locked: " + why.code() + ": " + why.what())
                .orElseGet(() -> "locked until " + until + " (" + mode.word() + ")");
    }
}
