@NullMarked
package io.pgvigil.runtime;

import org.jspecify.annotations.NullMarked;
