/// Looks after runs that nobody closed, announced or started.
@NullMarked
package io.pgvigil.watch;

import org.jspecify.annotations.NullMarked;
