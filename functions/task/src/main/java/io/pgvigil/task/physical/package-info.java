/// A whole server into one backup, and back.
@NullMarked
package io.pgvigil.task.physical;

import org.jspecify.annotations.NullMarked;
