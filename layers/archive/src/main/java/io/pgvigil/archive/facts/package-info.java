/// What can be known about a database from its archive alone: counts, fingerprints, definitions.
@NullMarked
package io.pgvigil.archive.facts;

import org.jspecify.annotations.NullMarked;
