package io.pgvigil.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.RunId;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.run.Turn;
import io.pgvigil.testkit.InMemoryObjectStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class SlotsTest {
    private static final RunId FIRST = new RunId("20261122T023000Z-backup-0000000001");
    private static final RunId SECOND = new RunId("20261122T023000Z-backup-0000000002");

    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private final Runs runs = new Runs(store);
    private Instant now = Instant.parse("2026-11-22T02:30:01Z");
    private final Slots slots = new Slots(store, () -> now);

    @Test
    void a_slot_is_busy_until_the_run_in_it_has_ended() {
        var first = queued(FIRST);
        var second = queued(SECOND);
        var taken = slots.take(first, 1).orElseThrow();
        claim(FIRST, 1);
        assertThat(slots.confirm(taken)).isTrue();

        assertThat(slots.take(second, 1)).isEmpty();
        runs.move(FIRST, run -> run.ended(RunState.SEALED, now, Optional.empty()));

        assertThat(slots.take(second, 1)).isPresent();
    }

    @Test
    void a_run_whose_starter_died_keeps_its_slot_and_finds_it_again() {
        var first = queued(FIRST);
        slots.take(first, 2);

        assertThat(slots.take(queued(SECOND), 1)).isEmpty();
        assertThat(slots.take(first, 2).orElseThrow().number()).isEqualTo(1);
    }

    @Test
    void who_confirmed_a_slot_cannot_lose_it_to_one_who_read_it_before() {
        var first = queued(FIRST);
        var taken = slots.take(first, 1).orElseThrow();
        // Somebody else starts the first run in another slot, so that this one counts as free ...
        claim(FIRST, 2);
        var stale = store.document(Layout.slot(first.order().server(), 1)).orElseThrow();
        // ... and, before that one writes, the first is queued again and claimed with this slot.
        runs.move(FIRST, run -> run.requeued(Optional.empty()));
        claim(FIRST, 1);

        assertThat(slots.confirm(taken)).isTrue();

        assertThat(store.replace(stale.key(), stale.content(), stale.token())).isFalse();
    }

    @Test
    void a_slot_that_went_to_another_run_in_between_cannot_be_confirmed() {
        var first = queued(FIRST);
        var taken = slots.take(first, 1).orElseThrow();
        claim(FIRST, 2);
        slots.take(queued(SECOND), 1);

        assertThat(slots.confirm(taken)).isFalse();
    }

    @Test
    void a_slot_that_was_given_back_is_free() {
        var first = queued(FIRST);
        slots.take(first, 1);

        slots.release(first, 1);

        assertThat(slots.take(queued(SECOND), 1)).isPresent();
    }

    @Test
    void slots_above_a_lowered_limit_count_until_their_runs_end() {
        slots.take(queued(FIRST), 3);
        slots.take(queued(SECOND), 3);
        var third = queued(new RunId("20261122T023000Z-backup-0000000003"));
        runs.move(FIRST, run -> run.ended(RunState.SEALED, now, Optional.empty()));

        assertThat(slots.take(third, 1)).isEmpty();
    }

    @Test
    void a_slot_of_a_run_that_is_gone_or_damaged_is_free_after_a_while() {
        slots.take(queued(FIRST), 1);
        store.put(Layout.run(FIRST), "{".getBytes(StandardCharsets.UTF_8));
        var second = queued(SECOND);

        assertThat(slots.take(second, 1)).isEmpty();
        now = now.plus(Duration.ofMinutes(11));

        assertThat(slots.take(second, 1)).isPresent();
    }

    private Run queued(RunId id) {
        var run =
                Run.queued(
                        id,
                        Samples.order(),
                        now,
                        Turn.of(Optional.of(1), now, now.plus(Duration.ofDays(1))));
        runs.ask(run);
        return run;
    }

    private void claim(RunId id, int number) {
        runs.move(id, run -> run.starting(now, "somebody", Optional.of(number)));
    }
}
