package io.pgvigil.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.StoreUri;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FurtherStoresTest {
    private static final ObjectKey KEY = new ObjectKey("orders/shop/x/manifest.json");

    private HttpServer empty = HttpServer.create();

    FurtherStoresTest() throws IOException {}

    /// A service in which nothing is.
    @BeforeEach
    void start() throws IOException {
        empty = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        empty.createContext(
                "/",
                exchange -> {
                    exchange.sendResponseHeaders(404, -1);
                    exchange.close();
                });
        empty.start();
    }

    @AfterEach
    void stop() {
        empty.stop(0);
    }

    @Test
    void each_is_opened_once_and_all_are_closed_together(@TempDir Path folder) {
        var stores = new FurtherStores(Map.of("KEYS", "id:key"));
        var directory = new StoreUri.Directory(folder);
        var bucket = stores.apply(bucket("pg"));
        assertThat(bucket.stat(KEY)).isEmpty();

        assertThat(stores.apply(bucket("pg"))).isSameAs(bucket);
        assertThat(stores.apply(bucket("other"))).isNotSameAs(bucket);
        assertThat(stores.apply(directory).stat(KEY)).isEmpty();

        stores.close();

        // It is not even asked.
        assertThatThrownBy(() -> bucket.stat(KEY)).isNotInstanceOf(Problem.class);
    }

    @Test
    void what_was_closed_is_opened_anew_when_it_is_needed_again() {
        try (var stores = new FurtherStores(Map.of("KEYS", "id:key"))) {
            stores.apply(bucket("pg"));
            stores.close();

            assertThat(stores.apply(bucket("pg")).stat(KEY)).isEmpty();
        }
    }

    private StoreUri bucket(String prefix) {
        return StoreUri.parse(
                "s3://far/%s?endpoint=http://127.0.0.1:%d&credentials=env:KEYS"
                        .formatted(prefix, empty.getAddress().getPort()));
    }
}
