package io.pgvigil.watch;

import io.pgvigil.aws.kms.StoreKey;
import io.pgvigil.aws.rds.Rds;
import io.pgvigil.core.RunId;
import io.pgvigil.core.managed.ManagedServices;
import io.pgvigil.core.run.Sweeper;
import io.pgvigil.runtime.Flow;
import io.pgvigil.runtime.Launchers;
import io.pgvigil.runtime.Ping;
import io.pgvigil.runtime.Settings;
import io.pgvigil.wire.Histories;
import io.pgvigil.wire.config.ConfigurationReader;
import java.util.Map;

/// What `watch` is made of on AWS and on a laptop alike.
final class WatchWiring {
    private WatchWiring() {}

    static Watch standard() {
        var environment = System.getenv();
        var rds = Rds.from(environment);
        var onEcs = Launchers.onEcs(environment);
        var flow =
                Flow.standard(
                        "watch",
                        environment,
                        ConfigurationReader::prepare,
                        Histories::prepare,
                        onEcs ? rds::prepare : () -> {});
        var configuration = flow.configuration(environment);
        return new Watch(
                flow,
                // Only tasks on Fargate make instances in RDS.
                onEcs ? rds.sweeper(run -> ended(flow, run)) : Sweeper.NONE,
                configuration,
                onEcs ? rds.backups() : ManagedServices.NONE,
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

    private static boolean ended(Flow flow, RunId run) {
        return flow.runs().find(run).filter(known -> known.state().ended()).isPresent();
    }
}
