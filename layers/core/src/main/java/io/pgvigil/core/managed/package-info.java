/// Servers that a service runs and backs up itself: what such a service promises, and whether it does.
@NullMarked
package io.pgvigil.core.managed;

import org.jspecify.annotations.NullMarked;
