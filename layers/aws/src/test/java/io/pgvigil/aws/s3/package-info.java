@NullMarked
package io.pgvigil.aws.s3;

import org.jspecify.annotations.NullMarked;
