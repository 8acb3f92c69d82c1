/// Reading the tar archives that pg_basebackup writes, while they pass.
@NullMarked
package io.pgvigil.archive.tar;

import org.jspecify.annotations.NullMarked;
