/// Decides whether two archives describe the same database, and names what differs.
@NullMarked
package io.pgvigil.archive.fixpoint;

import org.jspecify.annotations.NullMarked;
