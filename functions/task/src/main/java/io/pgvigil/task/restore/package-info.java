/// Brings a backup, or part of one, into a database that people use.
@NullMarked
package io.pgvigil.task.restore;

import org.jspecify.annotations.NullMarked;
