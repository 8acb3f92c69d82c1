package io.pgvigil.cli;

import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.connect.ConnectionUrl;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.Map;
import java.util.Optional;

/// A connection URL as the command line takes it, parted into what may be stored and what may not.
///
/// @param ref names the environment variable that will hold the password, if there is one
record Urls(ConnectionRef ref, Optional<String> database, Map<String, String> secrets) {

    /// @param variable the name under which the task finds the password
    static Urls parse(String url, String variable) {
        var parsed = ConnectionUrl.parse(url, System.getenv());
        var endpoint = parsed.endpoint();
        var ref =
                new ConnectionRef(
                        endpoint.host(),
                        endpoint.port(),
                        endpoint.user(),
                        endpoint.sslMode().libpqName(),
                        endpoint.sslRootCert(),
                        parsed.password().map(any -> "env:" + variable));
        return new Urls(
                ref,
                parsed.database(),
                parsed.password()
                        .map(Secret::reveal)
                        .map(text -> Map.of(variable, text))
                        .orElse(Map.of()));
    }

    /// The same place for a task that runs elsewhere: no password of ours goes with it, only the
    /// name of the secret that it reads itself.
    ///
    /// @param secret a Secrets Manager ARN or `iam`, when one was given
    ConnectionRef elsewhere(Optional<String> secret) {
        if (secret.isEmpty() && !secrets.isEmpty())
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "a password cannot travel to a stack's task",
                    "Name the secret that holds it with --secret ARN, or --secret iam for a token"
                            + " of RDS; unset PGPASSWORD.");
        return new ConnectionRef(
                ref.host(), ref.port(), ref.user(), ref.sslMode(), ref.sslRootCert(), secret);
    }
}
