package io.pgvigil.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class OnDemandTest {
    private final AtomicInteger made = new AtomicInteger();

    @Test
    void it_is_made_when_wanted_and_once_for_all_threads() throws InterruptedException {
        var one = new OnDemand<>(made::incrementAndGet);
        assertThat(made).hasValue(0);

        var other = Thread.ofPlatform().start(one::get);
        assertThat(one.get()).isEqualTo(1);
        other.join();

        assertThat(made).hasValue(1);
    }

    @Test
    void what_failed_is_tried_again() {
        var one =
                new OnDemand<>(() -> {
                    if (made.incrementAndGet() == 1) throw new IllegalStateException("not yet");
                    return "made";
                });

        assertThatThrownBy(one::get).hasMessage("not yet");
        assertThat(one.get()).isEqualTo("made");
    }
}
