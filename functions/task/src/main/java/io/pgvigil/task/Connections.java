package io.pgvigil.task;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.connect.ConnectionUrl;
import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.LoginSource;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.connect.SecretSource;
import io.pgvigil.core.connect.SslMode;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.Logins;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Turns what an order says about a connection into something that can log in.
///
/// Passwords are looked up here, in the task, and go no further than the programs it starts. They are
/// looked up anew for each connection.
public final class Connections {
    /// Instances of RDS and Aurora show certificates of Amazon's own authorities, which no system
    /// trusts by itself.
    private static final String RDS = ".rds.amazonaws.com";

    private final Map<String, String> environment;
    private final SecretSource secrets;

    /// @param secrets for references that are neither `env:` nor `passfile:`
    public Connections(Map<String, String> environment, SecretSource secrets) {
        this.environment = environment;
        this.secrets = secrets;
    }

    /// @throws Problem when the reference cannot lead anywhere; whether it leads to a password is
    ///     found out by asking for a login
    public LoginSource logins(ConnectionRef ref, DatabaseName database) {
        var endpoint = endpoint(ref);
        return new LoginSource() {
            @Override
            public Endpoint endpoint() {
                return endpoint;
            }

            @Override
            public Login login() {
                return Connections.this.login(endpoint, ref.secret().orElse(""), database);
            }
        };
    }

    private Endpoint endpoint(ConnectionRef ref) {
        var mode =
                SslMode.of(ref.sslMode())
                        .orElseThrow(() ->
                                new Problem(
                                        ErrorCode.CONFIG_INVALID,
                                        "'" + ref.sslMode() + "' is not an sslmode",
                                        "Use disable, allow, prefer, require, verify-ca or"
                                                + " verify-full."));
        var authorities = ref.sslRootCert().or(() -> authorities(ref.host(), mode));
        return new Endpoint(ref.host(), ref.port(), ref.user(), mode, authorities);
    }

    // Only where the server is to be recognised: with a file of authorities libpq takes `require`
    // for
    // `verify-ca`.
    private Optional<String> authorities(String host, SslMode mode) {
        if (!mode.recognisesServer() || !host.toLowerCase(Locale.ROOT).endsWith(RDS))
            return Optional.empty();
        return Optional.ofNullable(environment.get("PGVIGIL_RDS_CA"))
                .filter(file -> !file.isBlank());
    }

    private Login login(Endpoint endpoint, String secret, DatabaseName database) {
        if (secret.startsWith("env:"))
            return new Login(endpoint, Optional.of(fromEnvironment(secret.substring(4))));
        if (!secret.isEmpty() && !secret.startsWith("passfile:"))
            return new Login(endpoint, Optional.of(fromSource(secret, endpoint)));
        var lookup = new LinkedHashMap<>(environment);
        if (secret.startsWith("passfile:")) {
            // The file that was named, and no other source.
            lookup.remove("PGPASSWORD");
            lookup.put("PGPASSFILE", secret.substring("passfile:".length()));
        }
        var password =
                Optional.ofNullable(lookup.get("PGPASSWORD"))
                        .filter(text -> !text.isEmpty())
                        .map(Secret::new);
        return Logins.of(
                new ConnectionUrl(endpoint, Optional.of(database.value()), password), lookup);
    }

    private Secret fromSource(String reference, Endpoint endpoint) {
        return secrets.find(reference, endpoint)
                .orElseThrow(() ->
                        new Problem(
                                ErrorCode.NOT_SUPPORTED_HERE,
                                "the secret '"
                                        + reference
                                        + "' is of a kind this version cannot look up",
                                "Use the ARN of a secret, iam, env:NAME or passfile:/path."));
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
