@NullMarked
package io.pgvigil.task;

import org.jspecify.annotations.NullMarked;
