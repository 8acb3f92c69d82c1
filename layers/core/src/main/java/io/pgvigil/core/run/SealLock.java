package io.pgvigil.core.run;

import io.pgvigil.core.store.LockMode;
import java.time.Duration;

/// How a backup is locked when it is sealed. Stored with the run, so that whoever seals needs no
/// configuration.
///
/// @param length from when the backup was finished
public record SealLock(LockMode mode, Duration length) {}
