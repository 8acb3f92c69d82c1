package io.pgvigil.retention;

import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;

/// A person's word that a backup which looks wrong is right, `retention/accepted/…`.
public record SizeAccepted(int format, BackupRef backup, String owner, String reason, Instant at)
        implements Versioned {
    static final int FORMAT = 1;

    public SizeAccepted {
        if (owner.isBlank()) throw new IllegalArgumentException("an owner is missing");
        if (reason.isBlank()) throw new IllegalArgumentException("a reason is missing");
    }
}
