package io.pgvigil.aws.rds;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.rds.RdsClient;

/// How the RDS API is reached: `AWS_REGION`, and `AWS_ENDPOINT_URL_RDS` or `AWS_ENDPOINT_URL` where it
/// is not Amazon's own.
final class RdsClients {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(60);

    private RdsClients() {}

    static RdsClient from(Map<String, String> environment) {
        var builder =
                RdsClient.builder()
                        .httpClientBuilder(
                                Apache5HttpClient.builder().connectionTimeout(CONNECT_TIMEOUT))
                        .credentialsProvider(DefaultCredentialsProvider.builder().build())
                        .overrideConfiguration(limits ->
                                limits.apiCallAttemptTimeout(ATTEMPT_TIMEOUT)
                                        .apiCallTimeout(CALL_TIMEOUT));
        first(environment, "AWS_REGION", "AWS_DEFAULT_REGION")
                .ifPresent(name -> builder.region(Region.of(name)));
        first(environment, "AWS_ENDPOINT_URL_RDS", "AWS_ENDPOINT_URL")
                .ifPresent(address -> builder.endpointOverride(URI.create(address)));
        return builder.build();
    }

    private static Optional<String> first(Map<String, String> environment, String... names) {
        return Stream.of(names)
                .flatMap(name -> Stream.ofNullable(environment.get(name)))
                .filter(value -> !value.isBlank())
                .findFirst();
    }
}
