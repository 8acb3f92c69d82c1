/// pgvigil on one machine: a directory as the store, a child process as the task.
@NullMarked
package io.pgvigil.local;

import org.jspecify.annotations.NullMarked;
