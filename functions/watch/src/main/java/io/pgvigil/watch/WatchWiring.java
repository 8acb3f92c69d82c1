package io.pgvigil.watch;

import io.pgvigil.core.run.Sweeper;
import io.pgvigil.runtime.Flow;

/// What `watch` is made of on AWS and on a laptop alike.
final class WatchWiring {
    private WatchWiring() {}

    static Watch standard() {
        return new Watch(Flow.standard("watch", System.getenv()), Sweeper.NONE);
    }
}
