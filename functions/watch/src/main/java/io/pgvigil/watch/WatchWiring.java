package io.pgvigil.watch;

import io.pgvigil.aws.rds.RdsBackups;
import io.pgvigil.aws.rds.RdsSweeper;
import io.pgvigil.core.managed.ManagedServices;
import io.pgvigil.core.run.Sweeper;
import io.pgvigil.runtime.Flow;
import io.pgvigil.runtime.HeadStart;
import io.pgvigil.runtime.Launchers;
import java.util.Map;

/// What `watch` is made of on AWS and on a laptop alike.
final class WatchWiring {
    private WatchWiring() {}

    static Watch standard() {
        var environment = System.getenv();
        var flow = Flow.standard("watch", environment);
        var configuration = flow.configuration(environment);
        return new Watch(
                flow,
                sweeper(flow, environment),
                configuration,
                Launchers.onEcs(environment) ? RdsBackups.from(environment) : ManagedServices.NONE,
                new Findings(
                        flow.store(),
                        configuration,
                        flow.announcements(),
                        Findings.KeySight.NONE,
                        flow.log(),
                        flow.clock()));
    }

    /// Only tasks on Fargate make instances in RDS.
    private static Sweeper sweeper(Flow flow, Map<String, String> environment) {
        if (!Launchers.onEcs(environment)) return Sweeper.NONE;
        var sweeper =
                RdsSweeper.from(
                        environment,
                        run ->
                                flow.runs()
                                        .find(run)
                                        .filter(known -> known.state().ended())
                                        .isPresent());
        // While the open runs are read.
        HeadStart.with(sweeper::prepare);
        return sweeper;
    }
}
