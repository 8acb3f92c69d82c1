@NullMarked
package io.pgvigil.task.copy;

import org.jspecify.annotations.NullMarked;
