/// Deletes what no rule wants any more, and says why before it does.
@NullMarked
package io.pgvigil.retention;

import org.jspecify.annotations.NullMarked;
