@NullMarked
package io.pgvigil.wire;

import org.jspecify.annotations.NullMarked;
