/// A server as a whole: its files and its write-ahead log.
@NullMarked
package io.pgvigil.postgres.physical;

import org.jspecify.annotations.NullMarked;
