/// Closes runs: turns what a task left into backups, or records why there is none.
@NullMarked
package io.pgvigil.seal;

import org.jspecify.annotations.NullMarked;
