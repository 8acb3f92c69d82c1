/// The first deployment, and its end: what there is to do as a list of commands, made by a rule, and
/// somebody who carries it out.
@NullMarked
package io.pgvigil.cli.deploy;

import org.jspecify.annotations.NullMarked;
