@NullMarked
package io.pgvigil.archive.fixpoint;

import org.jspecify.annotations.NullMarked;
