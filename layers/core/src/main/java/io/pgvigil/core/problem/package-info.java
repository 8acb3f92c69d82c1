/// Failures as people read them: a stable code, what happened, and what to do next.
@NullMarked
package io.pgvigil.core.problem;

import org.jspecify.annotations.NullMarked;
