/// Restores done to prove a backup, and what they concluded.
@NullMarked
package io.pgvigil.core.drill;

import org.jspecify.annotations.NullMarked;
