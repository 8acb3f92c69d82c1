@NullMarked
package io.pgvigil.aws.secrets;

import org.jspecify.annotations.NullMarked;
