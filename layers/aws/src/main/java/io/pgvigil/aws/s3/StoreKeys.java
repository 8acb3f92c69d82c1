package io.pgvigil.aws.s3;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgvigil.aws.secrets.AwsSecrets;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.StoreUri;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;

/// The keys of a store that is reached by others than the store itself, from where its address says.
///
/// In a secret or a variable they are `ACCESS-KEY-ID:SECRET-ACCESS-KEY`, or JSON with the members
/// `access_key_id` and `secret_access_key`. No message holds any of them.
public final class StoreKeys {
    /// A secret may be rotated while a run goes on.
    private static final Duration KEPT = Duration.ofMinutes(5);

    private final Map<String, String> environment;
    private final Supplier<AwsSecrets> secrets;

    /// @param secrets made when they are needed: most stores are reached by a role
    StoreKeys(Map<String, String> environment, Supplier<AwsSecrets> secrets) {
        this.environment = environment;
        this.secrets = secrets;
    }

    public static StoreKeys from(Map<String, String> environment) {
        return new StoreKeys(environment, () -> AwsSecrets.from(environment));
    }

    AwsCredentialsProvider of(StoreUri.Service service) {
        return service.credentials()
                .map(this::named)
                .orElseGet(() -> DefaultCredentialsProvider.builder().build());
    }

    private AwsCredentialsProvider named(String reference) {
        if (reference.startsWith("profile:"))
            return ProfileCredentialsProvider.create(reference.substring("profile:".length()));
        if (reference.startsWith("env:"))
            return new Kept(() -> variable(reference.substring("env:".length())));
        return new Kept(() -> parsed(reference, secrets.get().text(reference)));
    }

    private AwsCredentials variable(String name) {
        var text = environment.get(name);
        if (text == null || text.isBlank())
            throw new Problem(
                    ErrorCode.SECRET_NOT_FOUND,
                    "the variable " + name + " with the keys of a store is not set",
                    "Set it where the command or the task runs.");
        return parsed("env:" + name, text);
    }

    private static AwsCredentials parsed(String reference, String text) {
        var json = object(text);
        var id = json.map(is -> is.path("access_key_id").asText());
        var secret = json.map(is -> is.path("secret_access_key").asText());
        if (json.isEmpty()) {
            var parts = text.strip().split(":", 2);
            if (parts.length == 2) {
                id = Optional.of(parts[0]);
                secret = Optional.of(parts[1]);
            }
        }
        if (id.filter(is -> !is.isBlank()).isEmpty()
                || secret.filter(is -> !is.isBlank()).isEmpty())
            throw new Problem(
                    ErrorCode.SECRET_NOT_FOUND,
                    reference + " does not hold the keys of a store",
                    "Write ACCESS-KEY-ID:SECRET-ACCESS-KEY there, or JSON with access_key_id and"
                            + " secret_access_key.");
        return AwsBasicCredentials.create(id.get(), secret.get());
    }

    private static Optional<JsonNode> object(String text) {
        try {
            return Optional.of(new ObjectMapper().readTree(text)).filter(JsonNode::isObject);
        } catch (JsonProcessingException plain) {
            return Optional.empty();
        }
    }

    /// Asked at the first call, and not at each.
    private static final class Kept implements AwsCredentialsProvider {
        private final Supplier<AwsCredentials> source;
        private @Nullable AwsCredentials known;
        private Instant until = Instant.EPOCH;

        Kept(Supplier<AwsCredentials> source) {
            this.source = source;
        }

        @Override
        public synchronized AwsCredentials resolveCredentials() {
            var now = Instant.now();
            var found = known == null || !now.isBefore(until) ? source.get() : known;
            if (found != known) until = now.plus(KEPT);
            known = found;
            return found;
        }
    }
}
