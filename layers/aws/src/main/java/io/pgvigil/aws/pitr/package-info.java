/// The point-in-time restore of RDS and Aurora, called with the operator's own rights, or those of a task.
@NullMarked
package io.pgvigil.aws.pitr;

import org.jspecify.annotations.NullMarked;
