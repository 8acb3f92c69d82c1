/// The page that answers: what could I lose now, how long would it take, and when was that last proven?
@NullMarked
package io.pgvigil.core.report;

import org.jspecify.annotations.NullMarked;
