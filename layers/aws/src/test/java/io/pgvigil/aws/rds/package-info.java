@NullMarked
package io.pgvigil.aws.rds;

import org.jspecify.annotations.NullMarked;
