package io.pgvigil.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.Optional;

/// The event: one of our own announcements, or `{}` from a person.
///
/// @param happened what was announced
/// @param time when that was announced; a page that was begun later has it
public record ReportRequested(
        @JsonProperty("detail-type") Optional<String> happened, Optional<Instant> time) {}
