@NullMarked
package io.pgvigil.aws;

import org.jspecify.annotations.NullMarked;
