@NullMarked
package io.pgvigil.local;

import org.jspecify.annotations.NullMarked;
