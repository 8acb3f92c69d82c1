package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.RunId;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.testkit.ForwardingObjectStore;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.wire.Runs;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class StoredProgressTest {
    private static final RunId RUN = new RunId("20261122T115000Z-backup-0000000001");
    private static final InstantSource CLOCK =
            InstantSource.fixed(Instant.parse("2026-11-22T12:00:00Z"));

    private final CountDownLatch written = new CountDownLatch(3);
    private final AtomicInteger puts = new AtomicInteger();
    private final InMemoryObjectStore memory = new InMemoryObjectStore();

    @Test
    void what_the_task_says_lies_beside_its_run() throws InterruptedException {
        var progress = progress(counting(false), Duration.ofMillis(1), Duration.ofMillis(1));
        progress.stage("dump", "shop", 9_000);

        try (var _ = progress.of(RUN)) {
            progress.moved(4_000, 12);
            assertThat(written.await(30, TimeUnit.SECONDS)).isTrue();
        }

        var told = Runs.progress(memory, RUN).orElseThrow();
        assertThat(told.stage()).isEqualTo("dump");
        assertThat(told.detail()).isEqualTo("shop");
        assertThat(told.bytes()).isEqualTo(4_000);
        assertThat(told.rows()).isEqualTo(12);
        assertThat(told.expectedBytes()).isEqualTo(9_000);
    }

    @Test
    void a_store_that_refuses_it_does_not_disturb_the_work() throws InterruptedException {
        var progress = progress(counting(true), Duration.ofMillis(1), Duration.ofMillis(1));

        try (var _ = progress.of(RUN)) {
            progress.stage("dump", "shop", 0);
            // Refused, and tried again.
            assertThat(written.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }

        assertThat(memory.stat(Layout.progress(RUN))).isEmpty();
    }

    @Test
    void a_run_that_is_over_soon_writes_nothing() throws InterruptedException {
        var progress = progress(counting(false), Duration.ofMillis(200), Duration.ofMillis(1));

        try (var _ = progress.of(RUN)) {
            progress.stage("dump", "shop", 0);
        }

        Thread.sleep(400);
        assertThat(puts).hasValue(0);
    }

    private static StoredProgress progress(ObjectStore store, Duration first, Duration pause) {
        return new StoredProgress(Progress.NONE, store, CLOCK, first, pause);
    }

    private ObjectStore counting(boolean refusing) {
        return new ForwardingObjectStore(memory) {
            @Override
            public void put(ObjectKey key, byte[] content) {
                puts.incrementAndGet();
                written.countDown();
                if (refusing)
                    throw new Problem(ErrorCode.STORE_FAILED, "no", "This store refuses.");
                super.put(key, content);
            }
        };
    }
}
