/// Looks at a server before anything is backed up.
@NullMarked
package io.pgvigil.postgres.doctor;

import org.jspecify.annotations.NullMarked;
