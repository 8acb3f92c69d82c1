package io.pgvigil.restore;

import io.pgvigil.runtime.Flow;

/// What `restore` is made of on AWS and on a laptop alike.
final class RestoreWiring {
    private RestoreWiring() {}

    static Restores standard() {
        var flow = Flow.standard("restore", System.getenv());
        return new Restores(flow.catalog(), flow.orders(), flow.sizing(), flow.retrievals());
    }
}
