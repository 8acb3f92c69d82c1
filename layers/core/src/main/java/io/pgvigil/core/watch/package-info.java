/// What protects us right now, and what does not: what is remembered of every backup and drill, what
/// should be there, and what follows from the difference.
@NullMarked
package io.pgvigil.core.watch;

import org.jspecify.annotations.NullMarked;
