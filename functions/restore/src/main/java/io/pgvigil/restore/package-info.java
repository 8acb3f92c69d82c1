/// Orders restores of a backup, or part of one, into a database.
@NullMarked
package io.pgvigil.restore;

import org.jspecify.annotations.NullMarked;
