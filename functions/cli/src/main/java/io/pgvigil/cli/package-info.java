/// The `pgvigil` command: the same functions as on AWS, called in this process, with the task as a
/// child.
@NullMarked
package io.pgvigil.cli;

import org.jspecify.annotations.NullMarked;
