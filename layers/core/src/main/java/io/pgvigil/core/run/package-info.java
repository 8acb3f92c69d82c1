/// One attempt at something: what was asked, who does it, how it ended.
@NullMarked
package io.pgvigil.core.run;

import org.jspecify.annotations.NullMarked;
