/// What would come of backing up a database that is not backed up yet: what was seen by connecting to
/// it, what follows for each kind of backup, and the least that has to be granted.
@NullMarked
package io.pgvigil.core.doctor;

import org.jspecify.annotations.NullMarked;
