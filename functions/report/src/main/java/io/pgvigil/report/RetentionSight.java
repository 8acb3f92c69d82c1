package io.pgvigil.report;

import io.pgvigil.core.report.RetentionNote;
import java.util.Optional;
import java.util.function.Supplier;

/// What retention decided last, or would decide now; empty when neither is known.
public interface RetentionSight extends Supplier<Optional<RetentionNote>> {}
