package io.pgvigil.aws;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.core.retry.RetryMode;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;

/// How clients of AWS are made: few connections, short waits, the SDK's standard retries, and an end
/// to every call, so that a function is never billed for waiting.
///
/// Region, endpoint and credentials are the SDK's own settings: `AWS_REGION`, `AWS_ENDPOINT_URL_ECS`
/// before `AWS_ENDPOINT_URL`, and the credentials of the task or function.
public record Clients(Map<String, String> environment, AwsCredentialsProvider credentials) {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final int CONNECTIONS = 4;

    /// One attempt may take this part of the call's time, so that another one fits.
    private static final int ATTEMPTS_THAT_FIT = 3;

    public Clients {
        environment = Map.copyOf(environment);
    }

    public static Clients standard(Map<String, String> environment) {
        return new Clients(environment, DefaultCredentialsProvider.builder().build());
    }

    /// @param service as the SDK's variables name it: `ECS`, `SECRETS_MANAGER`
    /// @param limit of one call, all its attempts together
    public <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C build(
            B builder, String service, Duration limit) {
        return build(builder, service, region(), limit);
    }

    /// With a region of its own, where what is asked for lives elsewhere.
    public <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C build(
            B builder, String service, Optional<Region> region, Duration limit) {
        builder.httpClientBuilder(
                        Apache5HttpClient.builder()
                                .maxConnections(CONNECTIONS)
                                .connectionTimeout(CONNECT_TIMEOUT)
                                .connectionAcquisitionTimeout(CONNECT_TIMEOUT)
                                .socketTimeout(limit.dividedBy(ATTEMPTS_THAT_FIT)))
                .credentialsProvider(credentials)
                .overrideConfiguration(calls ->
                        calls.retryStrategy(RetryMode.STANDARD)
                                .apiCallTimeout(limit)
                                .apiCallAttemptTimeout(limit.dividedBy(ATTEMPTS_THAT_FIT)));
        region.ifPresent(builder::region);
        endpoint(service).ifPresent(builder::endpointOverride);
        try {
            return builder.build();
        } catch (software.amazon.awssdk.core.exception.SdkException e) {
            throw new Problem(
                    ErrorCode.CONFIG_INVALID,
                    "no client for " + service.toLowerCase(Locale.ROOT) + ": " + e.getMessage(),
                    "Set AWS_REGION to the region of the stack.",
                    e);
        }
    }

    public Optional<Region> region() {
        return first("AWS_REGION", "AWS_DEFAULT_REGION").map(Region::of);
    }

    // The SDK reads the same variables, and only from the process: a map can also come from a test.
    private Optional<URI> endpoint(String service) {
        return first("AWS_ENDPOINT_URL_" + service, "AWS_ENDPOINT_URL").map(URI::create);
    }

    private Optional<String> first(String... names) {
        return Stream.of(names)
                .flatMap(name -> Stream.ofNullable(environment.get(name)))
                .filter(value -> !value.isBlank())
                .findFirst();
    }
}
