/// What a successful run leaves, and the document that makes it a backup.
@NullMarked
package io.pgvigil.core.backup;

import org.jspecify.annotations.NullMarked;
