package io.pgvigil.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.store.ObjectStore;
import org.junit.jupiter.api.Test;

final class InMemoryLockingTest extends LockingContract {
    private final InMemoryObjectStore store = new InMemoryObjectStore().lockable();

    @Override
    protected ObjectStore store() {
        return store;
    }

    @Test
    void a_store_locks_only_when_it_was_made_so() {
        assertThat(new InMemoryObjectStore().locking()).isEmpty();
    }
}
