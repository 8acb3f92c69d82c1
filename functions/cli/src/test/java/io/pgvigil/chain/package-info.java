/// The whole chain: what the Scheduler sends in at one end, and what people hear at the other.
@NullMarked
package io.pgvigil.chain;

import org.jspecify.annotations.NullMarked;
