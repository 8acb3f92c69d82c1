package io.pgvigil.retention;

import java.time.Instant;

/// Objects of a run that never became a backup.
///
/// @param folder ends with a slash
/// @param newest when the last of them was written
/// @param why it may go, or why not yet
public record Debris(
        String folder, int objects, long bytes, Instant newest, boolean goes, String why) {}
