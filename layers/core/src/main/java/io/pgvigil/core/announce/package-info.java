/// Telling people and other systems what happened.
@NullMarked
package io.pgvigil.core.announce;

import org.jspecify.annotations.NullMarked;
