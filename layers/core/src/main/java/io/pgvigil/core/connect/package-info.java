/// How a server is reached: an endpoint, a login, a connection URL, and the secret among them.
///
/// Nothing here opens a connection or a file; a [io.pgvigil.core.connect.Secret] shows itself only
/// when asked by name.
@NullMarked
package io.pgvigil.core.connect;

import org.jspecify.annotations.NullMarked;
