package io.pgvigil.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.run.TaskReport;
import io.pgvigil.testkit.InMemoryObjectStore;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class RunsTest {
    private static final int WRITERS = 8;

    private final Runs runs = new Runs(new InMemoryObjectStore());

    @Test
    void of_many_who_ask_for_the_same_run_one_gets_it() throws Exception {
        var answers = together(() -> runs.ask(asked()));

        assertThat(answers).containsOnlyOnce(true);
        assertThat(runs.get(Samples.RUN).state()).isEqualTo(RunState.ASKED);
    }

    @Test
    void a_run_of_a_newer_format_is_refused_by_name() {
        var store = new InMemoryObjectStore();
        var newer =
                new String(Json.bytes(asked()), StandardCharsets.UTF_8)
                        .replace("\"format\" : 1", "\"format\" : 2");
        store.put(Layout.run(Samples.RUN), newer.getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> new Runs(store).get(Samples.RUN))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("PGV-3010");
    }

    @Test
    void of_many_who_start_a_run_one_does() throws Exception {
        runs.ask(asked());
        var numbers = new AtomicInteger();

        var marks =
                together(() -> {
                    var mine = "starter-" + numbers.incrementAndGet();
                    var moved =
                            runs.move(
                                    Samples.RUN,
                                    run -> run.state() == RunState.ASKED ? run.started(mine) : run);
                    return moved.task().equals(Optional.of(mine));
                });

        assertThat(marks).containsOnlyOnce(true);
    }

    @Test
    void a_run_that_has_ended_stays_as_it_ended() throws Exception {
        runs.ask(asked());

        together(() ->
                runs.move(
                                Samples.RUN,
                                run -> run.ended(RunState.SEALED, Samples.NIGHT, Optional.empty()))
                        .state());
        var later =
                runs.move(
                        Samples.RUN,
                        run -> run.ended(RunState.FAILED, Samples.NIGHT, Optional.empty()));

        assertThat(later.state()).isEqualTo(RunState.SEALED);
        assertThat(runs.get(Samples.RUN).state()).isEqualTo(RunState.SEALED);
    }

    @Test
    void the_first_report_counts() {
        var first = new TaskReport(TaskReport.FORMAT, Samples.RUN, List.of(), Optional.empty());

        assertThat(runs.report(first)).isTrue();
        assertThat(runs.report(first)).isFalse();
        assertThat(runs.reportOf(Samples.RUN)).contains(first);
    }

    @Test
    void a_run_that_is_not_there_is_called_that() {
        assertThatThrownBy(() -> runs.move(Samples.RUN, run -> run))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> assertThat(problem.code()).isEqualTo(ErrorCode.RUN_NOT_FOUND));
    }

    private static Run asked() {
        return Run.asked(Samples.RUN, Samples.order(), Samples.NIGHT);
    }

    private static <T> List<T> together(Callable<T> work) throws Exception {
        var barrier = new CyclicBarrier(WRITERS);
        try (var threads = Executors.newFixedThreadPool(WRITERS)) {
            var futures = new ArrayList<java.util.concurrent.Future<T>>();
            for (var i = 0; i < WRITERS; i++)
                futures.add(
                        threads.submit(() -> {
                            barrier.await();
                            return work.call();
                        }));
            var results = new ArrayList<T>();
            for (var future : futures) results.add(future.get());
            return results;
        }
    }
}
