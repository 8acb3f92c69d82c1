/// Backups in further stores.
@NullMarked
package io.pgvigil.core.copy;

import org.jspecify.annotations.NullMarked;
