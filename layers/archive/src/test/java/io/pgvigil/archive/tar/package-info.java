@NullMarked
package io.pgvigil.archive.tar;

import org.jspecify.annotations.NullMarked;
