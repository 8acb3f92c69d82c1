package io.pgvigil.aws.stack;

import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// How to reach CloudFormation and Lambda.
///
/// @param region empty: as the SDK finds it (profile, instance)
/// @param cloudFormation what speaks its protocol and is not AWS
/// @param lambda likewise
public record StackSettings(
        Optional<String> region, Optional<URI> cloudFormation, Optional<URI> lambda) {

    /// `AWS_REGION` or `AWS_DEFAULT_REGION`; `AWS_ENDPOINT_URL_CLOUDFORMATION`,
    /// `AWS_ENDPOINT_URL_LAMBDA`, else `AWS_ENDPOINT_URL`.
    public static StackSettings from(Map<String, String> environment) {
        return new StackSettings(
                first(environment, "AWS_REGION", "AWS_DEFAULT_REGION"),
                first(environment, "AWS_ENDPOINT_URL_CLOUDFORMATION", "AWS_ENDPOINT_URL")
                        .map(URI::create),
                first(environment, "AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL").map(URI::create));
    }

    private static Optional<String> first(Map<String, String> environment, String... names) {
        return Stream.of(names)
                .flatMap(name -> Stream.ofNullable(environment.get(name)))
                .filter(value -> !value.isBlank())
                .findFirst();
    }
}
