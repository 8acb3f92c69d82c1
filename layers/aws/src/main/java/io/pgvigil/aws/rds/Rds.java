package io.pgvigil.aws.rds;

import io.pgvigil.aws.Clients;
import io.pgvigil.aws.OnDemand;
import io.pgvigil.core.RunId;
import java.time.Duration;
import java.util.Map;
import java.util.function.Predicate;
import software.amazon.awssdk.services.rds.RdsClient;

/// RDS for those who may have to ask it: one client, made when it is first wanted.
public final class Rds {
    /// Changing an instance can take it a while to answer.
    private static final Duration CALL_LIMIT = Duration.ofSeconds(60);

    private final Map<String, String> environment;
    private final OnDemand<RdsClient> client;

    private Rds(Map<String, String> environment) {
        this.environment = environment;
        this.client = new OnDemand<>(() -> client(environment));
    }

    public static Rds from(Map<String, String> environment) {
        return new Rds(environment);
    }

    static RdsClient client(Map<String, String> environment) {
        return Clients.standard(environment).build(RdsClient.builder(), "RDS", CALL_LIMIT);
    }

    /// Makes the client now, for those who know that they will ask.
    public void prepare() {
        var unused = client.get();
    }

    public RdsBackups backups() {
        return new RdsBackups(client);
    }

    /// `PGVIGIL_STACK` says whose instances are swept.
    ///
    /// @param over whether a run is known to have ended; what is not known has not
    public RdsSweeper sweeper(Predicate<RunId> over) {
        return RdsSweeper.from(environment, client, over);
    }
}
