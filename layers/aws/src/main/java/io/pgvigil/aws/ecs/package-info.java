/// Tasks on Amazon ECS with Fargate: starting them, and looking at what became of them.
@NullMarked
package io.pgvigil.aws.ecs;

import org.jspecify.annotations.NullMarked;
