package io.pgvigil.aws.s3;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.StoreUri;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// How to reach S3; the bucket and the prefix are in the store's address.
///
/// | variable | meaning |
/// |---|---|
/// | `PGVIGIL_S3_REGION`, else `AWS_REGION`, `AWS_DEFAULT_REGION` | the bucket's region |
/// | `PGVIGIL_S3_ENDPOINT`, else `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL` | a store that speaks S3 but is not AWS |
/// | `PGVIGIL_S3_PATH_STYLE` | `true`: the bucket in the path; the default with an endpoint |
/// | `PGVIGIL_S3_KMS_KEY_ID` | the KMS key that encrypts what is written, instead of the bucket's default |
///
/// @param region empty: as the SDK finds it (profile, instance)
public record S3Settings(
        Optional<String> region,
        Optional<URI> endpoint,
        boolean pathStyle,
        Optional<String> kmsKeyId) {

    /// Amazon's own S3, all from the surroundings.
    public static final S3Settings STANDARD =
            new S3Settings(Optional.empty(), Optional.empty(), false, Optional.empty());

    /// For another bucket than that of the store: it has a key of its own.
    public S3Settings elsewhere() {
        return new S3Settings(region, endpoint, pathStyle, Optional.empty());
    }

    /// As the address of a store says, where it says anything.
    public S3Settings at(StoreUri.Service service) {
        return service.endpoint()
                .map(at ->
                        // Neither the region nor the key of a service says anything of another one.
                        new S3Settings(service.region(), Optional.of(at), true, Optional.empty()))
                .orElseGet(() ->
                        new S3Settings(
                                service.region().or(() -> region), endpoint, pathStyle, kmsKeyId));
    }

    /// Amazon's own store always is asked over TLS.
    public boolean overTls() {
        return endpoint.map(URI::getScheme).map("https"::equalsIgnoreCase).orElse(true);
    }

    /// @throws Problem with `CONFIG_INVALID` naming everything that is wrong
    public static S3Settings from(Map<String, String> environment) {
        var problems = new ArrayList<String>();

        var region = first(environment, "PGVIGIL_S3_REGION", "AWS_REGION", "AWS_DEFAULT_REGION");
        region.filter(setting -> !setting.value.matches("[a-z0-9-]{2,40}"))
                .ifPresent(setting -> problems.add(setting + " is not a region"));

        var endpoint =
                first(
                        environment,
                        "PGVIGIL_S3_ENDPOINT",
                        "AWS_ENDPOINT_URL_S3",
                        "AWS_ENDPOINT_URL");
        var uri = endpoint.flatMap(setting -> parse(setting, problems));

        var pathStyle = first(environment, "PGVIGIL_S3_PATH_STYLE");
        pathStyle
                .filter(setting -> !List.of("true", "false").contains(setting.value))
                .ifPresent(setting -> problems.add(setting + " is neither true nor false"));

        var kmsKeyId = first(environment, "PGVIGIL_S3_KMS_KEY_ID");
        kmsKeyId.filter(setting -> setting.value.matches(".*\\s.*"))
                .ifPresent(setting -> problems.add(setting + " is not a key id, alias or ARN"));

        if (!problems.isEmpty())
            throw new Problem(
                    ErrorCode.CONFIG_INVALID,
                    String.join("; ", problems),
                    "Correct these environment variables.");
        return new S3Settings(
                region.map(Setting::value),
                uri,
                pathStyle.map(setting -> setting.value.equals("true")).orElse(uri.isPresent()),
                kmsKeyId.map(Setting::value));
    }

    private record Setting(String name, String value) {
        @Override
        public String toString() {
            return name + "=" + value;
        }
    }

    private static Optional<Setting> first(Map<String, String> environment, String... names) {
        return Stream.of(names)
                .flatMap(name ->
                        Stream.ofNullable(environment.get(name)).map(v -> new Setting(name, v)))
                .filter(setting -> !setting.value.isBlank())
                .findFirst();
    }

    private static Optional<URI> parse(Setting setting, List<String> problems) {
        try {
            var uri = new URI(setting.value);
            var scheme = String.valueOf(uri.getScheme());
            // The value is not shown: this form is the one that may hold a password.
            if (uri.getUserInfo() != null)
                problems.add(setting.name + " must not contain a user or a password");
            else if (!List.of("http", "https").contains(scheme) || uri.getHost() == null)
                problems.add(setting + " is not an http or https URL");
            else return Optional.of(uri);
        } catch (URISyntaxException e) {
            problems.add(setting.name + " is not a URL");
        }
        return Optional.empty();
    }
}
