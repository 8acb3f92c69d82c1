/// The store in S3, and in what speaks its protocol.
@NullMarked
package io.pgvigil.aws.s3;

import org.jspecify.annotations.NullMarked;
