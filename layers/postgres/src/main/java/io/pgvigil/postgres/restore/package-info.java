/// Restoring a logical backup: what is decided before, what is done, and what went wrong and why.
///
/// A *target* is a database on a server, to be made or existing. A *plan* says in words what a restore
/// will do and which errors are foreseen. A *selection* names the part of an archive that is wanted. A
/// *restoration* is the deed; its *outcome* lists every error with its *cause*.
@NullMarked
package io.pgvigil.postgres.restore;

import org.jspecify.annotations.NullMarked;
