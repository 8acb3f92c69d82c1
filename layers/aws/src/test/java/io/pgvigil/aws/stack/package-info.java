/// Tests of the owner's view of a stack.
@NullMarked
package io.pgvigil.aws.stack;

import org.jspecify.annotations.NullMarked;
