/// How a server is reached, and where its password comes from.
@NullMarked
package io.pgvigil.core.connect;

import org.jspecify.annotations.NullMarked;
