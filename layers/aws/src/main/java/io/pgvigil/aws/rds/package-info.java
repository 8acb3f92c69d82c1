/// Temporary instances in Amazon RDS: made for one drill, deleted after it, and swept by their tags
/// whatever became of the drill.
@NullMarked
package io.pgvigil.aws.rds;

import org.jspecify.annotations.NullMarked;
