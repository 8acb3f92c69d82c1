/// Other programs as data: what is run, before it runs.
@NullMarked
package io.pgvigil.core.process;

import org.jspecify.annotations.NullMarked;
