package io.pgvigil.aws.rds;

import io.pgvigil.aws.Clients;
import java.time.Duration;
import java.util.Map;
import software.amazon.awssdk.services.rds.RdsClient;

/// How RDS is called: changing an instance can take it a while to answer.
final class Rds {
    private static final Duration CALL_LIMIT = Duration.ofSeconds(60);

    private Rds() {}

    static RdsClient client(Map<String, String> environment) {
        return Clients.standard(environment).build(RdsClient.builder(), "RDS", CALL_LIMIT);
    }
}
