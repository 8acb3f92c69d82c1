/// PostgreSQL's own programs and connections to servers: finding tools, running them, asking a source
/// what an archive cannot hold, and dumping it.
///
/// A *tool set* is one folder of programs of one version. A *login* is an endpoint with its password.
/// A *source* is the database that is backed up; nothing here writes to it.
@NullMarked
package io.pgvigil.postgres;

import org.jspecify.annotations.NullMarked;
