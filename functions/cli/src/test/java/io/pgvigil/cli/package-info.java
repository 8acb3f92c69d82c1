@NullMarked
package io.pgvigil.cli;

import org.jspecify.annotations.NullMarked;
