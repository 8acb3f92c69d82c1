package io.pgvigil.core.retention;

import io.pgvigil.core.store.Versioned;
import java.time.Instant;
import java.util.Optional;

/// A person's word that a backup stays: `retention/holds/…`.
///
/// @param owner whom to ask before it is released
/// @param until when it ends by itself; empty: when somebody releases it
/// @param released when and by whom it was
public record Hold(
        int format,
        BackupRef backup,
        String owner,
        String reason,
        Instant since,
        Optional<Instant> until,
        Optional<Release> released)
        implements Versioned {
    public static final int FORMAT = 1;

    public Hold {
        if (owner.isBlank()) throw new IllegalArgumentException("a hold needs an owner");
        if (reason.isBlank()) throw new IllegalArgumentException("a hold needs a reason");
        if (until.filter(end -> !end.isAfter(since)).isPresent())
            throw new IllegalArgumentException("a hold cannot end before it begins");
    }

    public record Release(Instant at, String by, String reason) {}

    public boolean activeAt(Instant now) {
        return released.isEmpty() && until.map(now::isBefore).orElse(true);
    }

    public Hold release(Release end) {
        return new Hold(format, backup, owner, reason, since, until, Optional.of(end));
    }

    @Override
    public String toString() {
        return "held by " + owner + until.map(end -> " until " + end).orElse("") + ": " + reason;
    }
}
