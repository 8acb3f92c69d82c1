/// The first deployment, on fake programs.
@NullMarked
package io.pgvigil.cli.deploy;

import org.jspecify.annotations.NullMarked;
