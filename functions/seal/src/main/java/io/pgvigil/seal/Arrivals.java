package io.pgvigil.seal;

import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.Dispatcher;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Starts what waited for an object to come back from an archive class. See
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html>.
public final class Arrivals {
    /// How the event names itself.
    static final String DETAIL_TYPE = "Object Restore Completed";

    private final StoreUri store;
    private final Dispatcher dispatcher;

    public Arrivals(StoreUri store, Dispatcher dispatcher) {
        this.store = store;
        this.dispatcher = dispatcher;
    }

    /// The runs that were started: none as long as another object of theirs is still on its way. Empty
    /// when the object is none of this store.
    Optional<List<RunId>> arrived(Map<String, Object> detail) {
        return server(text(detail, "bucket", "name"), text(detail, "object", "key"))
                .map(dispatcher::dispatch);
    }

    private Optional<ServerName> server(String bucket, String key) {
        if (!(store instanceof StoreUri.S3(var ours, var prefix, _)) || !ours.equals(bucket))
            return Optional.empty();
        var above = prefix.isEmpty() ? "" : prefix + "/";
        var end = key.indexOf('/', above.length());
        if (!key.startsWith(above) || end < 0) return Optional.empty();
        try {
            return Optional.of(new ServerName(key.substring(above.length(), end)));
        } catch (IllegalArgumentException notOurs) {
            return Optional.empty();
        }
    }

    private static String text(Map<String, Object> detail, String outer, String inner) {
        return detail.get(outer) instanceof Map<?, ?> members
                        && members.get(inner) instanceof String text
                ? text
                : "";
    }
}
