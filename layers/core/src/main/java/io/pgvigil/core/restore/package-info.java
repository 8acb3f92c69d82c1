/// What a restore did, or would do.
@NullMarked
package io.pgvigil.core.restore;

import org.jspecify.annotations.NullMarked;
