package io.pgvigil.task;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.connect.ConnectionUrl;
import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.connect.SslMode;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.Logins;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Turns what an order says about a connection into something that can log in.
///
/// Passwords are looked up here, in the task, and go no further than the programs it starts.
final class Connections {
    private final Map<String, String> environment;

    Connections(Map<String, String> environment) {
        this.environment = environment;
    }

    Login login(ConnectionRef ref, DatabaseName database) {
        var mode =
                SslMode.of(ref.sslMode())
                        .orElseThrow(() ->
                                new Problem(
                                        ErrorCode.CONFIG_INVALID,
                                        "'" + ref.sslMode() + "' is not an sslmode",
                                        "Use disable, allow, prefer, require, verify-ca or"
                                                + " verify-full."));
        var endpoint = new Endpoint(ref.host(), ref.port(), ref.user(), mode, ref.sslRootCert());
        var secret = ref.secret().orElse("");
        if (secret.startsWith("env:"))
            return new Login(endpoint, Optional.of(fromEnvironment(secret.substring(4))));
        var lookup = new LinkedHashMap<>(environment);
        if (secret.startsWith("passfile:")) {
            // The file that was named, and no other source.
            lookup.remove("PGPASSWORD");
            lookup.put("PGPASSFILE", secret.substring("passfile:".length()));
        } else if (!secret.isEmpty()) {
            throw new Problem(
                    ErrorCode.NOT_SUPPORTED_HERE,
                    "the secret '" + secret + "' is of a kind this version cannot look up",
                    "Use env:NAME or passfile:/path.");
        }
        var password =
                Optional.ofNullable(lookup.get("PGPASSWORD"))
                        .filter(text -> !text.isEmpty())
                        .map(Secret::new);
        return Logins.of(
                new ConnectionUrl(endpoint, Optional.of(database.value()), password), lookup);
    }

    private Secret fromEnvironment(String name) {
        var value = environment.get(name);
        if (value == null)
            throw new Problem(
                    ErrorCode.SECRET_NOT_FOUND,
                    "the environment variable " + name + " is not set",
                    "The configuration says that it holds the password.");
        return new Secret(value);
    }
}
