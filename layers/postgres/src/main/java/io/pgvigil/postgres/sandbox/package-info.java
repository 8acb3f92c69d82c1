/// Temporary servers for drills and checks.
///
/// A *sandbox* is a private PostgreSQL cluster in a work folder: made for one use, open to nobody else,
/// and gone with the process that made it.
@NullMarked
package io.pgvigil.postgres.sandbox;

import org.jspecify.annotations.NullMarked;
