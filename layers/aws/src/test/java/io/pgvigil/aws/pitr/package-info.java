@NullMarked
package io.pgvigil.aws.pitr;

import org.jspecify.annotations.NullMarked;
