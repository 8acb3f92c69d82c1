@NullMarked
package io.pgvigil.task.physical;

import org.jspecify.annotations.NullMarked;
