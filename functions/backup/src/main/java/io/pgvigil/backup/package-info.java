/// Orders backups: one run per request, one task per run.
@NullMarked
package io.pgvigil.backup;

import org.jspecify.annotations.NullMarked;
