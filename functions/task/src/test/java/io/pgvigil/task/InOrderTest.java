package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.aws.StoppableThread;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class InOrderTest {
    private static final List<Integer> NUMBERS = IntStream.range(0, 50).boxed().toList();

    @Test
    void what_comes_of_it_comes_in_order_whoever_is_done_first() {
        var done = new ArrayList<Integer>();
        var underWay = new AtomicInteger();
        var most = new AtomicInteger();

        InOrder.each(
                NUMBERS,
                4,
                number -> {
                    most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
                    if (number % 4 == 0) pause();
                    underWay.decrementAndGet();
                    return number * 10;
                },
                done::add);

        assertThat(done).isEqualTo(NUMBERS.stream().map(number -> number * 10).toList());
        assertThat(most).hasValueBetween(2, 4);
    }

    @Test
    void the_first_failure_ends_it() {
        var done = new ArrayList<Integer>();

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() ->
                        InOrder.each(
                                NUMBERS,
                                3,
                                number -> {
                                    if (number == 7) throw new IllegalStateException("seven");
                                    return number;
                                },
                                done::add))
                .withMessage("seven");
        assertThat(done).containsExactly(0, 1, 2, 3, 4, 5, 6);
    }

    @Test
    void an_interrupt_ends_it_at_once() throws InterruptedException {
        var worker = Thread.currentThread();
        var stopped = new CountDownLatch(1);

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() ->
                        InOrder.each(
                                NUMBERS,
                                2,
                                number -> {
                                    worker.interrupt();
                                    return forEver(stopped);
                                },
                                _ -> {}))
                .satisfies(
                        problem -> assertThat(problem.code()).isEqualTo(ErrorCode.RUN_CANCELLED));
        assertThat(Thread.interrupted()).isTrue();
        // What was under way is told, too.
        stopped.await();
    }

    @Test
    void an_interrupt_ends_reads_that_hang() throws IOException {
        var worker = Thread.currentThread();
        try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            assertThatExceptionOfType(Problem.class)
                    .isThrownBy(() ->
                            InOrder.each(
                                    NUMBERS,
                                    2,
                                    _ -> {
                                        try (var socket =
                                                new Socket(
                                                        silent.getInetAddress(),
                                                        silent.getLocalPort())) {
                                            // As the client of S3 does.
                                            StoppableThread.onInterrupt(() -> close(socket));
                                            worker.interrupt();
                                            return socket.getInputStream().read();
                                        } catch (IOException broken) {
                                            throw new UncheckedIOException(broken);
                                        }
                                    },
                                    _ -> {}))
                    .satisfies(problem ->
                            assertThat(problem.code()).isEqualTo(ErrorCode.RUN_CANCELLED));
        }
        assertThat(Thread.interrupted()).isTrue();
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void nothing_is_under_way_any_more_after_a_failure() {
        var underWay = new AtomicInteger();
        var begun = new CountDownLatch(3);

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() ->
                        InOrder.each(
                                NUMBERS,
                                3,
                                number -> {
                                    underWay.incrementAndGet();
                                    begun.countDown();
                                    try {
                                        begun.await();
                                        if (number == 0) throw new IllegalStateException("zero");
                                        new CountDownLatch(1).await();
                                    } catch (InterruptedException told) {
                                        // It takes a moment to break off.
                                        pause();
                                    } finally {
                                        underWay.decrementAndGet();
                                    }
                                    return number;
                                },
                                _ -> {}));

        assertThat(underWay).hasValue(0);
    }

    private static int forEver(CountDownLatch stopped) {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            stopped.countDown();
        }
        return 0;
    }

    private static void pause() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
