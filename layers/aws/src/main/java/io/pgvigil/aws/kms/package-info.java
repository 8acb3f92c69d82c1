/// The key that the store is encrypted with.
@NullMarked
package io.pgvigil.aws.kms;

import org.jspecify.annotations.NullMarked;
