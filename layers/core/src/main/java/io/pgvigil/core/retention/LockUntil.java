package io.pgvigil.core.retention;

import io.pgvigil.core.store.LockMode;
import java.time.Instant;

/// Until when a backup that stays is to be locked.
public record LockUntil(BackupRef backup, LockMode mode, Instant until) {}
