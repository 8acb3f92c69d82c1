/// The port to where backups live. Two real stores implement it: S3 and a directory.
@NullMarked
package io.pgvigil.core.store;

import org.jspecify.annotations.NullMarked;
