/// The words everything else is written in: servers, databases, backups, runs, positions, sizes.
///
/// Nothing here does IO or reads a clock.
@NullMarked
package io.pgvigil.core;

import org.jspecify.annotations.NullMarked;
