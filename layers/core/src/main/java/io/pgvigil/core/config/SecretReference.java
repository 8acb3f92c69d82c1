package io.pgvigil.core.config;

import java.util.regex.Pattern;

/// Where a password lives. Never the password.
public sealed interface SecretReference {

    /// AWS Secrets Manager, by ARN.
    record SecretsManager(String arn) implements SecretReference {
        private static final Pattern ARN =
                Pattern.compile(
                        "arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:"
                                + "[A-Za-z0-9/_+=.@-]{1,512}");

        public SecretsManager {
            if (!ARN.matcher(arn).matches())
                throw new IllegalArgumentException(
                        "is not the ARN of a secret;"
                                + " write arn:aws:secretsmanager:<region>:<account>:secret:<name>");
        }

        @Override
        public String toString() {
            return arn;
        }
    }

    /// An environment variable of the process that connects.
    record Environment(String name) implements SecretReference {
        public Environment {
            if (!name.matches("[A-Za-z_][A-Za-z0-9_]{0,127}"))
                throw new IllegalArgumentException(
                        "does not name an environment variable; write env:NAME");
        }

        @Override
        public String toString() {
            return "env:" + name;
        }
    }

    /// A file in the format of PostgreSQL's `.pgpass`, on the machine that connects.
    record Passfile(String path) implements SecretReference {
        public Passfile {
            if (!path.startsWith("/") || path.length() < 2 || path.indexOf('\0') >= 0)
                throw new IllegalArgumentException(
                        "does not name a file by its full path; write passfile:/path/to/file");
        }

        @Override
        public String toString() {
            return "passfile:" + path;
        }
    }

    /// A short-lived token that RDS makes from the role of the process that connects.
    record IamToken() implements SecretReference {
        @Override
        public String toString() {
            return "iam";
        }
    }

    /// No password at all: peer, trust or certificate authentication.
    record None() implements SecretReference {
        @Override
        public String toString() {
            return "none";
        }
    }

    /// The message of a failure never holds the text: it may be a password in the wrong place.
    static SecretReference parse(String text) {
        if (text.startsWith("arn:")) return new SecretsManager(text);
        if (text.startsWith("env:")) return new Environment(text.substring("env:".length()));
        if (text.startsWith("passfile:")) return new Passfile(text.substring("passfile:".length()));
        return switch (text) {
            case "iam" -> new IamToken();
            case "none" -> new None();
            default ->
                    throw new IllegalArgumentException(
                            "is not a reference to a secret; write the ARN of a secret, env:NAME,"
                                    + " passfile:/path, iam or none, and never the secret itself");
        };
    }
}
