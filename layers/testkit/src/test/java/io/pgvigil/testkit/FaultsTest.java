package io.pgvigil.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectChecksum;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.testkit.LyingObjectStore.Lie;
import java.io.IOException;
import java.util.Optional;
import org.assertj.core.data.Index;
import org.junit.jupiter.api.Test;

final class FaultsTest {
    private static final ObjectKey DATA = new ObjectKey("data");
    private static final ObjectKey MANIFEST = new ObjectKey("manifest.json");

    private final InMemoryObjectStore memory = new InMemoryObjectStore();

    @Test
    void a_dying_store_dies_at_every_moment_there_is() {
        var counting = DyingObjectStore.never(new InMemoryObjectStore());
        backup(counting);
        assertThat(counting.writingCalls()).isEqualTo(5);

        for (var moment = 0; moment < counting.writingCalls(); moment++) {
            var inner = new InMemoryObjectStore();
            var dying = new DyingObjectStore(inner, moment);

            assertThatThrownBy(() -> backup(dying)).hasMessage("killed");

            assertThat(dying.dead()).isTrue();
            assertThat(inner.keys()).doesNotContain("manifest.json");
            // Begun at the first call, completed at the fourth; nobody is left to abort it.
            assertThat(inner.pendingUploads("")).hasSize(moment >= 1 && moment <= 3 ? 1 : 0);
            assertThatThrownBy(() -> dying.stat(DATA)).hasMessage("killed");
        }
    }

    @Test
    void a_dying_store_can_do_the_deed_and_take_the_answer_along() {
        var dying = DyingObjectStore.withoutTheAnswer(memory, 4);

        assertThatThrownBy(() -> backup(dying)).hasMessage("killed");

        assertThat(memory.keys()).containsExactly("data", "manifest.json");
    }

    @Test
    void a_flaky_store_is_well_after_its_failures() {
        var flaky = new FlakyObjectStore(memory, 2);

        for (var i = 0; i < 2; i++)
            assertThatThrownBy(() -> flaky.create(DATA, new byte[1]))
                    .isInstanceOfSatisfying(
                            Problem.class,
                            problem -> assertThat(problem.transientFailure()).isTrue());

        assertThat(flaky.create(DATA, new byte[1])).isTrue();
    }

    @Test
    void a_full_store_takes_what_fits_and_leaves_nothing_of_the_rest() {
        var full = new FullObjectStore(memory, 15);

        assertThatThrownBy(() -> backup(full)).hasMessageContaining("PGV-3006");

        assertThat(memory.keys()).isEmpty();
        assertThat(memory.pendingUploads("")).isEmpty();
    }

    @Test
    void a_lying_store_reports_what_was_written_and_keeps_something_else() throws IOException {
        for (var lie : Lie.values()) {
            var inner = new InMemoryObjectStore();

            var claimed = backup(new LyingObjectStore(inner, lie));

            assertThat(claimed.size()).isEqualTo(20);
            assertThat(claimed.crc32c()).contains(ObjectChecksum.of(new byte[20]));
            assertThat(inner.stat(DATA).map(StoredObject::size))
                    .isEqualTo(
                            switch (lie) {
                                case MISSING -> Optional.empty();
                                case TRUNCATED, PART_DROPPED -> Optional.of(10L);
                                case BIT_FLIPPED -> Optional.of(20L);
                            });
            if (lie == Lie.BIT_FLIPPED)
                assertThat(inner.read(DATA).readAllBytes()).contains(1, Index.atIndex(10));
            assertThat(inner.pendingUploads("")).isEmpty();
        }
    }

    private static StoredObject backup(ObjectStore store) {
        StoredObject stored;
        try (var upload = store.upload(DATA)) {
            upload.write(new byte[10], 0, 10);
            upload.write(new byte[10], 0, 10);
            stored = upload.complete();
        }
        store.create(MANIFEST, new byte[2]);
        return stored;
    }
}
