package io.pgvigil.core.run;

import io.pgvigil.core.RunId;
import java.time.Instant;
import java.util.Optional;

/// The news that a task ended, from ECS or from a child process.
///
/// @param exitCode of the container, absent when it never started
/// @param reason the launcher's words
public record TaskStopped(RunId run, Optional<Integer> exitCode, String reason, Instant at) {}
