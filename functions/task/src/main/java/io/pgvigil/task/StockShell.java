package io.pgvigil.task;

import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.StoreUri;

/// What shell lines that work without pgvigil are made of.
public final class StockShell {
    private StockShell() {}

    /// Writes an object to the standard output, with the AWS CLI or `cat`.
    public static String fetch(StoreUri store, ObjectKey key) {
        return switch (store) {
            case StoreUri.S3 s3 ->
                    "aws"
                            + s3.service()
                                    .endpoint()
                                    .map(at -> " --endpoint-url " + quoted(at + ""))
                                    .orElse("")
                            + " s3 cp "
                            + quoted(s3.plain() + "/" + key)
                            + " -";
            case StoreUri.Directory directory ->
                    "cat " + quoted(directory.path().resolve(key.value()).toString());
        };
    }

    /// One word of a line, whatever is in it.
    public static String quoted(String text) {
        return text.matches("[A-Za-z0-9_./:@%+=-]+")
                ? text
                : "'" + text.replace("'", "'\\''") + "'";
    }
}
