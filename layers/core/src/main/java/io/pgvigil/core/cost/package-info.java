/// What a stack costs in a month, computed from list prices and stated assumptions. An estimate to
/// choose by, not a bill.
@NullMarked
package io.pgvigil.core.cost;

import org.jspecify.annotations.NullMarked;
