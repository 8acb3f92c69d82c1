/// The rules of the write-ahead log: how it is cut and named, how timelines branch, what is missing,
/// and from which base backup a moment can be reached.
///
/// A *segment* is one file of the log. A *timeline* is one branch of a server's history; a promotion
/// begins a new one, and its *history* says where each of its ancestors was left. A *path* is the log
/// as a server would replay it on the way to one timeline. The *reach* of a base backup is how far it
/// can be replayed before something is missing. A *mark* is a moment at which the server's log was
/// seen to end at a position.
@NullMarked
package io.pgvigil.core.wal;

import org.jspecify.annotations.NullMarked;
