package io.pgvigil.core.store;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.nio.file.Path;

/// Where a store is: `s3://bucket/prefix`, `file:///dir`, or a plain path, which means a directory.
public sealed interface StoreUri {
    record S3(String bucket, String prefix) implements StoreUri {
        @Override
        public String toString() {
            return "s3://" + bucket + (prefix.isEmpty() ? "" : "/" + prefix);
        }
    }

    record Directory(Path path) implements StoreUri {
        @Override
        public String toString() {
            return "file://" + path;
        }
    }

    static StoreUri parse(String text) {
        if (text.startsWith("s3://")) {
            var rest = text.substring("s3://".length());
            var slash = rest.indexOf('/');
            var bucket = slash < 0 ? rest : rest.substring(0, slash);
            var prefix = slash < 0 ? "" : rest.substring(slash + 1).replaceAll("/+$", "");
            if (!bucket.matches("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
                    || prefix.contains("//")
                    || prefix.startsWith("/")) throw invalid(text);
            return new S3(bucket, prefix);
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
