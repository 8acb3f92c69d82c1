package io.pgvigil.core.store;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Where a store is: `s3://bucket/prefix`, `file:///dir`, or a plain path, which means a directory.
///
/// A bucket of another service or account says so behind a question mark:
/// `s3://bucket/prefix?endpoint=https://minio.example:9000&region=eu-1&credentials=env:MINIO_KEYS`.
public sealed interface StoreUri {
    /// @param service where the bucket is not reached as everything else is
    record S3(String bucket, String prefix, Service service) implements StoreUri {
        public S3(String bucket, String prefix) {
            this(bucket, prefix, Service.USUAL);
        }

        /// Without how it is reached, as other tools take it.
        public String plain() {
            return "s3://" + bucket + (prefix.isEmpty() ? "" : "/" + prefix);
        }

        @Override
        public String place() {
            return plain() + new Service(service.endpoint, Optional.empty(), Optional.empty());
        }

        @Override
        public String toString() {
            return plain() + service;
        }
    }

    record Directory(Path path) implements StoreUri {
        @Override
        public String place() {
            return toString();
        }

        @Override
        public String toString() {
            return "file://" + path;
        }
    }

    /// Which place it is, whatever it is reached by: a key that changes makes no other store of it.
    String place();

    /// How a bucket is reached; what is empty is as for the store itself.
    ///
    /// @param endpoint a service that speaks S3
    /// @param credentials where the keys are, never the keys: the ARN of a secret, `env:NAME` or
    ///     `profile:NAME`
    record Service(Optional<URI> endpoint, Optional<String> region, Optional<String> credentials) {
        static final Service USUAL =
                new Service(Optional.empty(), Optional.empty(), Optional.empty());

        private static final String ENDPOINT = "endpoint";
        private static final String REGION = "region";
        private static final String CREDENTIALS = "credentials";
        private static final String REFERENCE =
                "env:[A-Za-z_][A-Za-z0-9_]{0,127}"
                        + "|profile:[A-Za-z0-9_.-]{1,128}"
                        + "|arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:"
                        + "[A-Za-z0-9/_+=.-]{1,512}";

        /// @param query what stands behind the question mark; none of its values is repeated, because
        ///     one may be a key in the wrong place
        static Service parse(String query) {
            if (query.isEmpty()) return USUAL;
            var members = new LinkedHashMap<String, String>();
            for (var member : query.split("&", -1)) {
                var name = member.replaceFirst("=.*", "");
                if (!List.of(ENDPOINT, REGION, CREDENTIALS).contains(name)
                        || !member.startsWith(name + "=")
                        || members.put(name, member.substring(name.length() + 1)) != null)
                    throw invalid("what stands behind the ? of a store is not understood");
            }
            return new Service(
                    Optional.ofNullable(members.get(ENDPOINT)).map(Service::endpoint),
                    Optional.ofNullable(members.get(REGION))
                            .map(text -> matching(text, "[a-z0-9-]{2,40}", REGION)),
                    Optional.ofNullable(members.get(CREDENTIALS))
                            .map(text -> matching(text, REFERENCE, CREDENTIALS)));
        }

        private static URI endpoint(String text) {
            try {
                var uri = new URI(text);
                if (List.of("http", "https").contains(String.valueOf(uri.getScheme()))
                        && uri.getHost() != null
                        && uri.getUserInfo() == null
                        && uri.getFragment() == null) return uri;
            } catch (URISyntaxException notEvenOne) {
                // The same answer.
            }
            throw invalid("the endpoint of a store is not an http or https URL");
        }

        private static String matching(String text, String pattern, String name) {
            if (!text.matches(pattern)) throw invalid("the " + name + " of a store cannot be used");
            return text;
        }

        private static Problem invalid(String what) {
            return new Problem(
                    ErrorCode.STORE_URI_INVALID,
                    what,
                    "Write s3://bucket/prefix?endpoint=https://host&region=REGION&credentials=WHERE, as many of"
                            + " them as needed; WHERE is the ARN of a secret, env:NAME or profile:NAME,"
                            + " and never the keys themselves.");
        }

        @Override
        public String toString() {
            var members = new LinkedHashMap<String, String>();
            endpoint.ifPresent(is -> members.put(ENDPOINT, is + ""));
            region.ifPresent(is -> members.put(REGION, is));
            credentials.ifPresent(is -> members.put(CREDENTIALS, is));
            return members.isEmpty()
                    ? ""
                    : members.entrySet().stream()
                            .map(Map.Entry::toString)
                            .collect(Collectors.joining("&", "?", ""));
        }
    }

    static StoreUri parse(String text) {
        if (text.startsWith("s3://")) {
            var rest = text.substring("s3://".length());
            var question = rest.indexOf('?');
            var service = Service.parse(question < 0 ? "" : rest.substring(question + 1));
            if (question >= 0) rest = rest.substring(0, question);
            var slash = rest.indexOf('/');
            var bucket = slash < 0 ? rest : rest.substring(0, slash);
            var prefix = slash < 0 ? "" : rest.substring(slash + 1).replaceAll("/+$", "");
            if (!bucket.matches("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
                    || prefix.contains("//")
                    || prefix.startsWith("/")) throw invalid("s3://" + rest);
            return new S3(bucket, prefix, service);
        }
        if (text.startsWith("file://")) {
            var path = text.substring("file://".length());
            if (!path.startsWith("/")) throw invalid(text);
            return new Directory(Path.of(path).normalize());
        }
        if (text.isBlank() || text.matches("[a-zA-Z][a-zA-Z0-9+.-]*://.*")) throw invalid(text);
        return new Directory(Path.of(text).toAbsolutePath().normalize());
    }

    private static Problem invalid(String text) {
        return new Problem(
                ErrorCode.STORE_URI_INVALID,
                "'" + text + "' is not a store",
                "Write s3://bucket/prefix, file:///directory, or the path of a directory.");
    }
}
