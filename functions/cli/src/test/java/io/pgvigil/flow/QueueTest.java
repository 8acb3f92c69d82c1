package io.pgvigil.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunState;
import io.pgvigil.runtime.Flow;
import io.pgvigil.runtime.Metrics;
import io.pgvigil.runtime.Sizing;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.testkit.FakeTaskLauncher;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.RememberingAnnouncer;
import io.pgvigil.testkit.ThreadTasks;
import io.pgvigil.wire.Catalog;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A server's limit holds whatever happens, and everybody's turn comes.
final class QueueTest {
    private Instant now = Stack.TICK.plusSeconds(1);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void fifty_databases_are_sealed_and_never_more_than_three_at_once(long seed) {
        var memory = new InMemoryObjectStore();
        var announcer = new RememberingAnnouncer();
        var stack = new AtomicReference<Stack>();
        try (var tasks =
                new ThreadTasks(
                        seed,
                        run -> Stack.work(memory, run),
                        news -> Objects.requireNonNull(stack.get()).stopped(news.run()))) {
            var running =
                    new Stack(
                            memory,
                            memory,
                            tasks,
                            announcer,
                            Stack.configuration(3, Stack.databases(50)),
                            () -> now);
            stack.set(running);

            running.tick(Stack.TICK);
            tasks.awaitQuiet();

            assertThat(tasks.undelivered()).isEmpty();
            assertThat(tasks.peak()).isEqualTo(3);
            assertThat(tasks.launched()).hasSize(50).doesNotHaveDuplicates();
            assertThat(new Catalog(memory).backups(Catalog.Filter.ANY))
                    .extracting(Manifest::run)
                    .containsExactlyInAnyOrderElementsOf(tasks.launched());
            assertThat(announcer.heard())
                    .hasSize(50)
                    .doesNotHaveDuplicates()
                    .allMatch(line -> line.startsWith("backup.sealed "));
            assertThat(running.open()).isEmpty();
        }
    }

    @Test
    void runs_wait_for_a_slot_and_the_oldest_goes_first() {
        var tasks = new FakeTaskLauncher();
        var stack = stack(tasks, 1, "a", "b");
        stack.tick(Stack.TICK);
        now = now.plus(Duration.ofDays(1));
        stack.tick(Stack.TICK.plus(Duration.ofDays(1)));
        var first = tasks.launched().getFirst();

        Stack.work(stack.memory, stack.runs.get(first));
        stack.stopped(first);

        // The other of the first night is too late by now; it failed and was announced.
        assertThat(tasks.launched()).hasSize(2);
        assertThat(stack.runs.get(tasks.launched().getLast()).turn().orElseThrow().since())
                .isEqualTo(Stack.TICK.plus(Duration.ofDays(1)));
        assertThat(stack.announcer.heard())
                .anyMatch(line -> line.startsWith("run.failed "))
                .anyMatch(line -> line.startsWith("backup.sealed "));
    }

    @Test
    void a_run_for_which_no_task_can_be_had_goes_back_into_the_queue_and_is_tried_at_each_tick() {
        var tasks = new FakeTaskLauncher();
        var stack = stack(tasks, 2, "a", "b");
        tasks.runOutOfCapacity();
        stack.tick(Stack.TICK);
        for (var database : List.of("a", "b"))
            assertThat(stack.runs.get(stack.run(database)).state()).isEqualTo(RunState.QUEUED);
        assertThat(stack.announcer.told()).isEmpty();

        tasks.haveCapacity();
        now = now.plus(Duration.ofMinutes(5));
        stack.tick(Stack.TICK.plus(Duration.ofMinutes(5)));

        assertThat(tasks.launched()).containsExactlyInAnyOrder(stack.run("a"), stack.run("b"));
        assertThat(stack.runs.get(stack.run("b")).state()).isEqualTo(RunState.STARTED);
    }

    @Test
    void a_run_for_which_no_task_can_be_had_in_time_fails_and_is_announced() {
        var tasks = new FakeTaskLauncher();
        var stack = stack(tasks, 1, "a");
        tasks.runOutOfCapacity();
        stack.tick(Stack.TICK);

        now = now.plus(Duration.ofHours(7));
        stack.watch();

        var run = stack.runs.get(stack.run("a"));
        assertThat(run.state()).isEqualTo(RunState.FAILED);
        assertThat(run.failure().orElseThrow().what())
                .contains("no capacity")
                .contains("1 attempts");
        assertThat(stack.announcer.heard()).containsExactly("run.failed " + run.run());
        assertThat(stack.open()).isEmpty();
    }

    @Test
    void a_launcher_that_refuses_for_good_fails_the_run_at_once_and_the_others_go_on() {
        var tasks = new FakeTaskLauncher();
        var stack = stack(tasks, 1, "a", "b");
        tasks.refuse("the task definition is gone");

        stack.tick(Stack.TICK);

        assertThat(stack.announcer.heard())
                .hasSize(2)
                .allMatch(line -> line.startsWith("run.failed"));
        assertThat(stack.open()).isEmpty();
    }

    @Test
    void a_function_starts_only_what_its_role_may_start() {
        var tasks = new FakeTaskLauncher();
        var memory = new InMemoryObjectStore();
        var stack = stack(memory, tasks, 1, "a");
        tasks.runOutOfCapacity();
        stack.tick(Stack.TICK);
        tasks.haveCapacity();
        var verify =
                Flow.of(
                        memory,
                        tasks,
                        tasks,
                        order -> order instanceof Order.Drill,
                        Optional.empty(),
                        Optional.empty(),
                        Sizing.NONE,
                        Metrics.NONE,
                        StateLog.SILENT,
                        () -> now);

        assertThat(verify.dispatcher().dispatchAll()).isEmpty();
        assertThat(tasks.launched()).isEmpty();
        assertThat(stack.runs.get(stack.run("a")).state()).isEqualTo(RunState.QUEUED);
    }

    private Stack stack(FakeTaskLauncher tasks, int atOnce, String... databases) {
        return stack(new InMemoryObjectStore(), tasks, atOnce, databases);
    }

    private Stack stack(
            InMemoryObjectStore memory, FakeTaskLauncher tasks, int atOnce, String... databases) {
        return new Stack(
                memory,
                memory,
                tasks,
                new RememberingAnnouncer(),
                Stack.configuration(atOnce, List.of(databases)),
                () -> now);
    }
}
