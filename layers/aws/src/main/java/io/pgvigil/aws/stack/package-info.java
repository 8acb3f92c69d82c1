/// The owner's view of a deployed stack: CloudFormation for its outputs, Lambda for its functions.
@NullMarked
package io.pgvigil.aws.stack;

import org.jspecify.annotations.NullMarked;
