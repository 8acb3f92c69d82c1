@NullMarked
package io.pgvigil.aws.ecs;

import org.jspecify.annotations.NullMarked;
