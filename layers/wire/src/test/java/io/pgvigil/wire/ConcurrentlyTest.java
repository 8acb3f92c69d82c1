package io.pgvigil.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class ConcurrentlyTest {
    @Test
    void results_come_in_the_order_of_the_things() {
        var doubled =
                IntStream.range(0, 200)
                        .boxed()
                        .gather(Concurrently.map(7, n -> late(n) * 2))
                        .toList();

        assertThat(doubled).isEqualTo(IntStream.range(0, 200).map(n -> n * 2).boxed().toList());
    }

    private static int late(int n) {
        try {
            Thread.sleep(n % 3);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return n;
    }

    @Test
    void as_many_as_are_allowed_are_under_way() throws InterruptedException {
        var there = new CountDownLatch(4);
        var now = new AtomicInteger();
        var most = new AtomicInteger();

        IntStream.range(0, 20)
                .boxed()
                .gather(
                        Concurrently.map(
                                4,
                                n -> {
                                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                                    there.countDown();
                                    // Fewer would wait here for ever.
                                    await(there);
                                    now.decrementAndGet();
                                    return n;
                                }))
                .forEach(n -> {});

        assertThat(most).hasValue(4);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_failure_is_the_callers_as_it_was() {
        var failure = new Problem(ErrorCode.STORE_FAILED, "gone", "wait");

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() ->
                        IntStream.range(0, 20)
                                .boxed()
                                .gather(
                                        Concurrently.map(
                                                3,
                                                n -> {
                                                    if (n == 5) throw failure;
                                                    return n;
                                                }))
                                .toList())
                .isSameAs(failure);
    }

    @Test
    void nothing_is_begun_that_nobody_wants() {
        var begun = new AtomicInteger();

        var first =
                IntStream.range(0, 1000)
                        .boxed()
                        .gather(
                                Concurrently.map(
                                        3,
                                        n -> {
                                            begun.incrementAndGet();
                                            return n;
                                        }))
                        .filter(n -> n == 2)
                        .findFirst();

        assertThat(first).contains(2);
        assertThat(begun).hasValueLessThan(10);
    }

    @Test
    void who_is_told_to_stop_stops() {
        Thread.currentThread().interrupt();

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() ->
                        IntStream.range(0, 5)
                                .boxed()
                                .gather(Concurrently.map(1, ConcurrentlyTest::late))
                                .toList())
                .satisfies(
                        problem -> assertThat(problem.code()).isEqualTo(ErrorCode.RUN_CANCELLED));

        assertThat(Thread.interrupted()).as("still told to stop").isTrue();
    }
}
