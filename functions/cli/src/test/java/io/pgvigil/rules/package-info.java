/// What holds for the whole of the project: directions, house rules, docs that say what the code does.
@NullMarked
package io.pgvigil.rules;

import org.jspecify.annotations.NullMarked;
