package io.pgvigil.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class HeadStartTest {
    @Test
    void a_part_that_fails_keeps_no_other_and_stops_nobody() throws InterruptedException {
        var reached = new CountDownLatch(1);

        HeadStart.with(
                () -> {
                    throw new IllegalStateException("no region");
                },
                reached::countDown);

        assertThat(reached.await(10, TimeUnit.SECONDS)).isTrue();
    }
}
