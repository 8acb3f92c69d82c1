/// The program in the container: the only part that moves data and asks databases.
@NullMarked
package io.pgvigil.task;

import org.jspecify.annotations.NullMarked;
