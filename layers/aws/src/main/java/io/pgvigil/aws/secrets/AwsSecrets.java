package io.pgvigil.aws.secrets;

import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.connect.SecretSource;
import java.util.Map;
import java.util.Optional;

/// Passwords by the ARN of a secret, and tokens for `iam`.
public final class AwsSecrets implements SecretSource {
    private AwsSecrets() {}

    public static AwsSecrets from(Map<String, String> environment) {
        return new AwsSecrets();
    }

    @Override
    public Optional<Secret> find(String reference, Endpoint endpoint) {
        throw new UnsupportedOperationException();
    }
}
