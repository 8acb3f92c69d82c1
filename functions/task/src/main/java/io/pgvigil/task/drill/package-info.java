/// Proves a backup by restoring it into a temporary instance and dumping that again.
@NullMarked
package io.pgvigil.task.drill;

import org.jspecify.annotations.NullMarked;
