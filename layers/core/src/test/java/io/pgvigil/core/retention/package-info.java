@NullMarked
package io.pgvigil.core.retention;

import org.jspecify.annotations.NullMarked;
