package io.pgvigil.verify;

import io.pgvigil.runtime.Flow;
import io.pgvigil.runtime.ProfileRules;

/// What `verify` is made of on AWS and on a laptop alike.
final class VerifyWiring {
    private VerifyWiring() {}

    static Drills standard() {
        var environment = System.getenv();
        var flow = Flow.standard("verify", environment);
        var configuration = flow.configuration(environment);
        return new Drills(
                flow.catalog(),
                flow.orders(),
                () -> new ProfileRules(configuration.current()),
                flow.sizing(),
                flow.retrievals());
    }
}
