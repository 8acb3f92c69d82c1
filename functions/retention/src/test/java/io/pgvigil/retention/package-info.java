@NullMarked
package io.pgvigil.retention;

import org.jspecify.annotations.NullMarked;
