package io.pgvigil.core.config;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;

/// An object that a drill cannot prove and the operator accepts, for a reason and for a while.
///
/// @param expires the last day, in UTC, on which it is accepted
public record Accepted(String object, String reason, LocalDate expires) {
    public Accepted {
        if (object.isBlank()) throw new IllegalArgumentException("an object needs a name");
        if (reason.isBlank()) throw new IllegalArgumentException("a reason cannot be empty");
    }

    public boolean expired(Instant now) {
        return LocalDate.ofInstant(now, ZoneOffset.UTC).isAfter(expires);
    }
}
