/// What the adapters for AWS share: how clients are made, and what their failures mean.
@NullMarked
package io.pgvigil.aws;

import org.jspecify.annotations.NullMarked;
