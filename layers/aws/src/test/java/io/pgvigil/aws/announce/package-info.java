@NullMarked
package io.pgvigil.aws.announce;

import org.jspecify.annotations.NullMarked;
