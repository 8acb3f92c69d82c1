/// What the operator wants: which servers, how often, kept how long, proven how.
///
/// A *server* has a *connection*, a choice of *databases* and a *policy*. A *profile* is a policy
/// with a name; a server takes one and may override single fields. A *secret* is never a value here,
/// only a reference to where the value lives.
@NullMarked
package io.pgvigil.core.config;

import org.jspecify.annotations.NullMarked;
