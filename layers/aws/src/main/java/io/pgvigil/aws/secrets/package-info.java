/// Passwords from AWS Secrets Manager, and the short-lived tokens that RDS takes in their place.
@NullMarked
package io.pgvigil.aws.secrets;

import org.jspecify.annotations.NullMarked;
