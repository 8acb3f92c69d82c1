package io.pgvigil.seal;

import io.pgvigil.runtime.Endings;
import io.pgvigil.runtime.Flow;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.wire.Runs;

/// What `seal` is made of on AWS and on a laptop alike.
record SealWiring(Runs runs, Endings endings, Arrivals arrivals, StateLog log) {

    static SealWiring standard() {
        var flow = Flow.standard("seal", System.getenv());
        return new SealWiring(
                flow.runs(),
                flow.endings(),
                new Arrivals(flow.store().uri(), flow.dispatcher()),
                flow.log());
    }
}
