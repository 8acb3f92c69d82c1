package io.pgvigil.aws.rds;

import io.pgvigil.core.RunId;
import io.pgvigil.core.drill.RdsPlacement;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.rds.RdsClient;

/// The real SDK against a double, and an instance to ask for.
final class Clients {
    static final String STACK = "pgvigil-test";
    static final RunId RUN = new RunId("20261122T030000Z-verify-77f02ef726");

    private Clients() {}

    static RdsClient to(String endpoint) {
        return RdsClient.builder()
                .endpointOverride(URI.create(endpoint))
                .region(Region.EU_WEST_1)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create("id", "key")))
                .httpClientBuilder(Apache5HttpClient.builder())
                .overrideConfiguration(
                        limits -> limits.apiCallAttemptTimeout(Duration.ofSeconds(20)))
                .build();
    }

    static WantedInstance wanted(String attempt, Instant expires) {
        return new WantedInstance(
                WantedInstance.idOf(STACK, "s3://bucket/pg", RUN),
                STACK,
                RUN,
                expires,
                attempt,
                "15.4",
                20,
                "postgres",
                new RdsPlacement(
                        "drills",
                        List.of("sg-0123456789abcdef0"),
                        "db.t4g.large",
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ofHours(12)));
    }
}
