package io.pgvigil.aws.kms;

import io.pgvigil.aws.AwsFailure;
import io.pgvigil.aws.Clients;
import io.pgvigil.aws.OnDemand;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.KeyMetadata;
import software.amazon.awssdk.services.kms.model.NotFoundException;

/// Whether a key of KMS still opens what it has closed. See
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>.
///
/// Needs `kms:DescribeKey`.
public final class StoreKey {
    private static final Duration CALL_LIMIT = Duration.ofSeconds(6);

    private final String key;
    private final Supplier<KmsClient> client;

    private StoreKey(String key, Supplier<KmsClient> client) {
        this.key = key;
        this.client = client;
    }

    public static StoreKey of(String key, Map<String, String> environment) {
        return of(key, Clients.standard(environment));
    }

    static StoreKey of(String key, Clients clients) {
        return new StoreKey(
                key, new OnDemand<>(() -> clients.build(KmsClient.builder(), "KMS", CALL_LIMIT)));
    }

    /// What is wrong with it, if anything is.
    public Optional<String> trouble() {
        try {
            return trouble(client.get().describeKey(ask -> ask.keyId(key)).keyMetadata());
        } catch (NotFoundException e) {
            return Optional.of("the key " + key + " of the store does not exist");
        } catch (SdkException e) {
            var failure = AwsFailure.of(e);
            throw new Problem(
                    ErrorCode.STORE_UNREACHABLE,
                    "could not ask KMS about " + key + ": " + failure,
                    "The function's role needs kms:DescribeKey for it.",
                    failure.transientFailure(),
                    e);
        }
    }

    private Optional<String> trouble(KeyMetadata found) {
        var is =
                switch (found.keyState()) {
                    case ENABLED -> Optional.<String>empty();
                    case DISABLED -> Optional.of("is disabled");
                    case PENDING_DELETION, PENDING_REPLICA_DELETION ->
                            Optional.of(
                                    "is to be deleted"
                                            + Optional.ofNullable(found.deletionDate())
                                                    .map(at -> " at " + at)
                                                    .orElse(" soon"));
                    default -> Optional.of("is " + found.keyStateAsString());
                };
        return is.map(state -> "the key " + key + " of the store " + state);
    }
}
