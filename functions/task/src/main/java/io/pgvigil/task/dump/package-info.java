/// One database into one backup: dump, tap, compress, store.
@NullMarked
package io.pgvigil.task.dump;

import org.jspecify.annotations.NullMarked;
