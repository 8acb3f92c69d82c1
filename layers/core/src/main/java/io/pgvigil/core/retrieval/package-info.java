/// What it takes to read a backup that lies in an archive class.
@NullMarked
package io.pgvigil.core.retrieval;

import org.jspecify.annotations.NullMarked;
