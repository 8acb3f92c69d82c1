/// What must hold for `template.yaml`, and what linters do not know.
@NullMarked
package io.pgvigil.template;

import org.jspecify.annotations.NullMarked;
