/// The `report` function: the page, what it is made of, and every drill as a table.
@NullMarked
package io.pgvigil.report;

import org.jspecify.annotations.NullMarked;
