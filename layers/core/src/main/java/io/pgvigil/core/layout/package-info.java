/// Where everything is in a store.
@NullMarked
package io.pgvigil.core.layout;

import org.jspecify.annotations.NullMarked;
