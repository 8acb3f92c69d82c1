package io.pgvigil.runtime;

import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/// Opens further stores, each once, and closes all of them with itself: an S3 client has connections of
/// its own. A function that stays warm keeps them, and never closes this.
public final class FurtherStores implements Function<StoreUri, ObjectStore>, AutoCloseable {
    private final Map<String, String> environment;
    private final Map<StoreUri, ObjectStore> opened = new LinkedHashMap<>();

    public FurtherStores(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    @Override
    public synchronized ObjectStore apply(StoreUri place) {
        return opened.computeIfAbsent(place, one -> Stores.further(one, environment));
    }

    @Override
    public synchronized void close() {
        opened.values().forEach(Stores::close);
        opened.clear();
    }
}
