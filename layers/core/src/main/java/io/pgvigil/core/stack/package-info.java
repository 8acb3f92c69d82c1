/// A deployed stack, as the command of its owner sees it: what it put out, and functions to call.
@NullMarked
package io.pgvigil.core.stack;

import org.jspecify.annotations.NullMarked;
