package io.pgvigil.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.testkit.DyingObjectStore;
import io.pgvigil.testkit.FakeTaskLauncher;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.RememberingAnnouncer;
import io.pgvigil.wire.Catalog;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Events come twice and in any order, and functions die in the middle; what is left is the same.
final class EventOrderTest {
    private static final List<String> EVENTS =
            List.of(
                    "tick",
                    "tick",
                    "stopped a",
                    "stopped a",
                    "stopped b",
                    "stopped b",
                    "watch",
                    "watch");

    private Instant now = Stack.TICK.plusSeconds(1);

    /// @param state of each run, and each key of the store
    private record Left(TreeMap<String, String> state, List<String> heard) {}

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void every_order_of_events_that_come_twice_leaves_the_same(int atOnce) {
        var found = new LinkedHashSet<Left>();
        var tried = 0;

        for (var order : orders(EVENTS)) {
            var left = play(order, atOnce);
            // The news of an end before the tick that made the task is no order that can be.
            if (left == null) continue;
            tried++;
            found.add(left);
            assertThat(found).as("%s", order).hasSize(1);
        }

        assertThat(tried).as("orders that can be").isGreaterThan(50);
        var left = found.getFirst();
        assertThat(left.heard()).hasSize(2).allMatch(line -> line.startsWith("backup.sealed "));
        assertThat(left.state().keySet()).noneMatch(key -> key.startsWith("runs/open/"));
    }

    private @Nullable Left play(List<String> order, int atOnce) {
        var tasks = new FakeTaskLauncher();
        var memory = new InMemoryObjectStore();
        var stack = stack(memory, tasks, atOnce);
        for (var event : order) {
            var word = event.split(" ");
            switch (word[0]) {
                case "tick" -> stack.tick(Stack.TICK);
                case "watch" -> stack.watch();
                default -> {
                    if (memory.stat(Layout.TICK).isEmpty()) return null;
                    var run = stack.run(word[1]);
                    if (!tasks.launched().contains(run)) return null;
                    Stack.work(memory, stack.runs.get(run));
                    stack.stopped(run);
                }
            }
        }
        return left(stack);
    }

    private Left left(Stack stack) {
        var state = new TreeMap<String, String>();
        for (var key : stack.memory.keys()) state.put(key, "");
        for (var database : List.of("a", "b"))
            state.put("run of " + database, stack.runs.get(stack.run(database)).state().name());
        return new Left(state, stack.announcer.heard());
    }

    /// A tick, a seal or a watch that dies at any of its writes, with the write done or not, and the
    /// events that come anyway.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_function_that_dies_at_any_write_leaves_nothing_undone(boolean writeIsDone) {
        var deaths = 0;
        for (var call = 0; ; call++) {
            now = Stack.TICK.plusSeconds(1);
            var memory = new InMemoryObjectStore();
            var tasks = new FakeTaskLauncher();
            var announcer = new RememberingAnnouncer();
            var dying =
                    writeIsDone
                            ? DyingObjectStore.withoutTheAnswer(memory, call)
                            : new DyingObjectStore(memory, call);
            // The stack has ticked before: a first tick that dies has nothing that says so.
            stack(memory, memory, tasks, announcer, 1)
                    .tick(Stack.TICK.minus(Duration.ofMinutes(5)));
            var doomed = stack(memory, dying, tasks, announcer, 1);
            var dead = dies(() -> doomed.tick(Stack.TICK));
            if (!dead) {
                Stack.work(memory, doomed.runs.get(doomed.run("a")));
                dead = dies(() -> doomed.stopped(doomed.run("a")));
            }
            if (!dead) break;
            deaths++;

            // Life goes on: the next ticks and watches, and the news of whatever was started.
            var stack = stack(memory, memory, tasks, announcer, 1);
            for (var round = 1; round <= 8; round++) {
                now = now.plus(Duration.ofMinutes(5));
                stack.tick(Stack.TICK.plus(Duration.ofMinutes(5L * round)));
                for (var run : Set.copyOf(tasks.launched())) {
                    Stack.work(memory, stack.runs.get(run));
                    stack.stopped(run);
                }
                stack.watch();
            }

            var died = "died at write " + call;
            assertThat(new Catalog(memory).backups(Catalog.Filter.ANY)).as(died).hasSize(2);
            for (var database : List.of("a", "b"))
                assertThat(stack.runs.get(stack.run(database)).state())
                        .as(died)
                        .isEqualTo(RunState.SEALED);
            // Told at least once; twice only by one that died between telling and writing it down.
            assertThat(Set.copyOf(announcer.heard())).as(died).hasSize(2);
            assertThat(announcer.told().size()).as(died).isLessThanOrEqualTo(3);
            assertThat(stack.open()).as(died).isEmpty();
        }
        assertThat(deaths).isGreaterThan(12);
    }

    private static boolean dies(Runnable deed) {
        try {
            deed.run();
            return false;
        } catch (IllegalStateException killed) {
            return true;
        }
    }

    @Test
    void many_ticks_at_the_same_time_make_each_run_once() throws Exception {
        var memory = new InMemoryObjectStore();
        var tasks = new FakeTaskLauncher();
        var stack = stack(memory, tasks, 2);
        var answers = new ConcurrentLinkedQueue<String>();

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var one = 0; one < 16; one++)
                threads.submit(() -> answers.add(stack.tick(Stack.TICK)));
        }

        assertThat(answers).hasSize(16);
        assertThat(tasks.launched()).hasSize(2).doesNotHaveDuplicates();
    }

    private Stack stack(InMemoryObjectStore memory, FakeTaskLauncher tasks, int atOnce) {
        return stack(memory, memory, tasks, new RememberingAnnouncer(), atOnce);
    }

    private Stack stack(
            InMemoryObjectStore memory,
            ObjectStore store,
            FakeTaskLauncher tasks,
            RememberingAnnouncer announcer,
            int atOnce) {
        return new Stack(
                memory,
                store,
                tasks,
                announcer,
                Stack.configuration(atOnce, List.of("a", "b")),
                () -> now);
    }

    /// Each different order once.
    private static List<List<String>> orders(List<String> events) {
        if (events.isEmpty()) return List.of(List.of());
        var found = new ArrayList<List<String>>();
        for (var first : new LinkedHashSet<>(events)) {
            var rest = new ArrayList<>(events);
            rest.remove(first);
            for (var tail : orders(rest)) {
                var order = new ArrayList<String>();
                order.add(first);
                order.addAll(tail);
                found.add(order);
            }
        }
        return found;
    }
}
