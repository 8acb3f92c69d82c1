package io.pgvigil.watch;

import io.pgvigil.aws.kms.StoreKey;
import io.pgvigil.aws.rds.RdsBackups;
import io.pgvigil.aws.rds.RdsSweeper;
import io.pgvigil.core.managed.ManagedServices;
import io.pgvigil.core.run.Sweeper;
import io.pgvigil.runtime.Flow;
import io.pgvigil.runtime.HeadStart;
import io.pgvigil.runtime.Launchers;
import io.pgvigil.runtime.Ping;
import io.pgvigil.runtime.Settings;
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
                        key(environment),
                        flow.log(),
                        flow.clock()),
                Ping.from(environment, flow.log()));
    }

    private static Findings.KeySight key(Map<String, String> environment) {
        return new Settings(environment)
                .optional("PGVIGIL_STORE_KEY")
                .<Findings.KeySight>map(key -> StoreKey.of(key, environment)::trouble)
                .orElse(Findings.KeySight.NONE);
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
