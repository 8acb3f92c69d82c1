/// Orders drills: restores done to prove a backup.
@NullMarked
package io.pgvigil.verify;

import org.jspecify.annotations.NullMarked;
