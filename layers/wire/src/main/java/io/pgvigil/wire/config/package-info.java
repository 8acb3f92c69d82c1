/// The configuration as text: YAML read strictly with every complaint at once, and printed back.
///
/// A *section* is a mapping with known keys, a *field* one value in it; a *complaint* is one thing
/// that is wrong, with its path and line. Nothing here repeats a value that could be a secret.
@NullMarked
package io.pgvigil.wire.config;

import org.jspecify.annotations.NullMarked;
