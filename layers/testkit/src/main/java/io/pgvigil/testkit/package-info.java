/// Working fakes, port contracts, fault decorators and real PostgreSQL servers for tests.
@NullMarked
package io.pgvigil.testkit;

import org.jspecify.annotations.NullMarked;
