/// The functions together, as events come to them: late, twice, in any order, and cut short.
@NullMarked
package io.pgvigil.flow;

import org.jspecify.annotations.NullMarked;
