package io.pgvigil.core.drill;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;

/// A difference the owner knows and accepts, for a reason and for a while.
///
/// @param object the object's title as a verdict names it, `*` matches any text
/// @param expires the last day on which it holds, in UTC
public record Acceptance(String object, String reason, LocalDate expires) {
    public Acceptance {
        if (object.isBlank()) throw new IllegalArgumentException("an object needs a name");
        if (reason.isBlank()) throw new IllegalArgumentException("a reason cannot be empty");
    }

    public boolean expired(Instant now) {
        return LocalDate.ofInstant(now, ZoneOffset.UTC).isAfter(expires);
    }
}
