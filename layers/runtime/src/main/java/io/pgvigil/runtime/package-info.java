/// What every deployable shares: opening a store by its address, the environment, handler plumbing.
@NullMarked
package io.pgvigil.runtime;

import org.jspecify.annotations.NullMarked;
