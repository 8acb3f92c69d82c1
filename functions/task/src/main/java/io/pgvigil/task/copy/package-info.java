/// Backups on their way to further stores.
@NullMarked
package io.pgvigil.task.copy;

import org.jspecify.annotations.NullMarked;
