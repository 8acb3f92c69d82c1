/// Stored documents: their JSON, and the rules by which they are created and moved on.
///
/// The JSON shapes are described in `docs/formats.md`.
@NullMarked
package io.pgvigil.wire;

import org.jspecify.annotations.NullMarked;
