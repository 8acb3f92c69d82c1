@NullMarked
package io.pgvigil.report;

import org.jspecify.annotations.NullMarked;
