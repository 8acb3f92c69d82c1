package io.pgvigil.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class InMemoryObjectStoreTest extends ObjectStoreContract {
    private final InMemoryObjectStore store = new InMemoryObjectStore();

    @Override
    protected ObjectStore store() {
        return store;
    }

    @Override
    protected ObjectStore sameStoreElsewhere() {
        return store;
    }

    @Test
    void damage_is_found_by_who_reads_and_not_by_who_looks() {
        var key = new ObjectKey("data");
        store.create(key, new byte[] {1, 2, 3});

        store.damage(key, content -> Arrays.copyOf(content, 2));

        assertThat(store.stat(key).orElseThrow().size()).isEqualTo(3);
        assertThatThrownBy(() -> store.read(key).readAllBytes()).hasMessageContaining("PGV-3005");
    }

    @Test
    void a_key_cannot_be_a_folder_of_another() {
        store.create(new ObjectKey("a/b"), new byte[0]);

        assertThatThrownBy(() -> store.create(new ObjectKey("a"), new byte[0]))
                .hasMessageContaining("PGV-3007");
        assertThatThrownBy(() -> store.put(new ObjectKey("a/b/c"), new byte[0]))
                .hasMessageContaining("PGV-3007");
    }
}
