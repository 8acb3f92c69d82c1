package io.pgvigil.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.ServerName;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.wal.Adopted;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.wire.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

final class AdoptedWalTest {
    private static final ServerName ORDERS = new ServerName("orders");
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private final ArrayList<Adopted.Entry> entries = new ArrayList<>();

    private ObjectKey adopted(String name, Duration ago) {
        var key = new ObjectKey(Layout.incoming(ORDERS) + name);
        store.put(key, new byte[] {1});
        var stored = store.list(key.value()).findFirst().orElseThrow();
        entries.add(new Adopted.Entry(name, stored.size(), stored.modified(), NOW.minus(ago)));
        return key;
    }

    private void note() {
        store.put(Layout.adopted(ORDERS), Json.bytes(new Adopted(Adopted.FORMAT, entries)));
    }

    @Test
    void what_was_adopted_a_day_ago_goes_and_nothing_else() {
        var old = adopted("000000010000000000000002.zst", Duration.ofDays(1));
        adopted("000000010000000000000003.zst", Duration.ofHours(23));
        var changed = adopted("000000010000000000000004.zst", Duration.ofDays(9));
        store.put(changed, new byte[] {1, 2});
        store.put(new ObjectKey(Layout.incoming(ORDERS) + "new"), new byte[] {1});
        store.put(
                new ObjectKey("orders/_wal/1/00000001/000000010000000000000002.zst"), new byte[1]);
        note();

        assertThat(new AdoptedWal(store).remove(NOW)).containsExactly(old);

        assertThat(store.keys()).doesNotContain(old.value()).hasSize(5);
        assertThat(new AdoptedWal(store).remove(NOW)).isEmpty();
    }

    @Test
    void without_a_note_that_can_be_read_nothing_goes() {
        adopted("000000010000000000000002.zst", Duration.ofDays(9));
        store.put(Layout.adopted(ORDERS), "{".getBytes(StandardCharsets.UTF_8));

        assertThat(new AdoptedWal(store).remove(NOW)).isEmpty();
    }
}
