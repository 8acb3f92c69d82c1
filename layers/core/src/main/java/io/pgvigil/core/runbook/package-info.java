/// How to bring a database back, written for whoever has to do it.
@NullMarked
package io.pgvigil.core.runbook;

import org.jspecify.annotations.NullMarked;
