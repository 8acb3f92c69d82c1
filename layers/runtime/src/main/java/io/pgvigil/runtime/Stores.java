package io.pgvigil.runtime;

import io.pgvigil.aws.s3.S3Links;
import io.pgvigil.aws.s3.S3Rehearsal;
import io.pgvigil.aws.s3.S3Settings;
import io.pgvigil.aws.s3.S3Store;
import io.pgvigil.aws.s3.StoreKeys;
import io.pgvigil.aws.s3.TlsRehearsal;
import io.pgvigil.core.store.Links;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.DirectoryStore;
import java.util.Map;
import java.util.Optional;

/// Opens a store by its address.
public final class Stores {
    private Stores() {}

    /// One that is not the store itself: another region, and its bucket's own key.
    public static ObjectStore further(StoreUri uri, Map<String, String> environment) {
        return switch (uri) {
            case StoreUri.S3 s3 ->
                    S3Store.openAnywhere(
                            s3,
                            S3Settings.from(environment).elsewhere(),
                            StoreKeys.from(environment));
            case StoreUri.Directory directory -> new DirectoryStore(directory);
        };
    }

    public static ObjectStore open(StoreUri uri, Map<String, String> environment) {
        return switch (uri) {
            case StoreUri.S3 s3 ->
                    S3Store.open(s3, S3Settings.from(environment), StoreKeys.from(environment));
            case StoreUri.Directory directory -> new DirectoryStore(directory);
        };
    }

    /// Lets go of the connections that it has. It answers nothing any more.
    public static void close(ObjectStore store) {
        if (store instanceof S3Store s3) s3.close();
    }

    /// Loads beforehand what asking it needs. Asks nothing.
    public static void prepare(StoreUri uri, Map<String, String> environment) {
        if (!(uri instanceof StoreUri.S3 s3)) return;
        var settings = S3Settings.from(environment).at(s3.service());
        if (settings.overTls()) TlsRehearsal.keys();
        S3Rehearsal.of(s3, settings);
    }

    /// Has that compiled which moving much data to and from it needs, and what comes before. Asks nothing.
    public static void prepareBulk(StoreUri uri, Map<String, String> environment) {
        if (!(uri instanceof StoreUri.S3 s3)) return;
        if (!S3Settings.from(environment).at(s3.service()).overTls()) return;
        TlsRehearsal.keys();
        TlsRehearsal.records();
    }

    /// Addresses of its objects for people: a directory's are files.
    public static Links links(StoreUri uri, Map<String, String> environment) {
        return switch (uri) {
            case StoreUri.S3 s3 ->
                    S3Links.open(s3, S3Settings.from(environment), StoreKeys.from(environment));
            case StoreUri.Directory(var path) ->
                    (key, _, _) -> Optional.of(path.resolve(key.value()).toUri());
        };
    }
}
