package io.pgvigil.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.pgvigil.core.RunId;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retrieval.Retrieval;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.run.Turn;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.testkit.ForwardingObjectStore;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.SampleBackup;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Runs;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class FollowTest {
    private static final Instant NOW = Instant.parse("2026-11-22T02:30:00Z");
    private static final RunId ONE = new RunId("20261122T023000Z-backup-0000000001");
    private static final RunId TWO = new RunId("20261122T023000Z-backup-0000000002");

    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private final Runs runs = new Runs(store);

    @Test
    void runs_are_followed_until_the_last_has_ended() {
        ask(ONE);
        ask(TWO);
        var between = new ArrayDeque<Runnable>();
        between.add(() -> runs.move(ONE, run -> run.started("task-1")));
        between.add(() -> end(TWO, RunState.FAILED));
        between.add(() -> end(ONE, RunState.SEALED));

        var ended = follow(store, between).untilEnded(List.of(ONE, TWO));

        assertThat(ended.orElseThrow())
                .extracting(Run::run, Run::state)
                .containsExactly(tuple(ONE, RunState.SEALED), tuple(TWO, RunState.FAILED));
        assertThat(between).isEmpty();
    }

    @Test
    void who_may_not_read_the_store_does_not_wait() {
        ask(ONE);

        assertThat(follow(new Closed(store), new ArrayDeque<>()).untilEnded(List.of(ONE)))
                .isEmpty();
    }

    @Test
    void a_run_that_is_not_in_the_store_is_a_problem() {
        var follow = follow(store, new ArrayDeque<>());

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> follow.untilEnded(List.of(ONE)))
                .satisfies(
                        problem -> assertThat(problem.code()).isEqualTo(ErrorCode.RUN_NOT_FOUND));
    }

    @Test
    void answers_of_all_functions_name_their_runs() {
        assertThat(Follow.runsOf(Json.tree(Map.of("run", ONE)))).containsExactly(ONE);
        assertThat(
                        Follow.runsOf(
                                Json.tree(
                                        Map.of(
                                                "runs",
                                                List.of(Map.of("run", ONE), Map.of("run", TWO))))))
                .containsExactly(ONE, TWO);
        assertThat(Follow.runsOf(Json.tree(List.of()))).isEmpty();
    }

    private static Follow follow(ObjectStore store, ArrayDeque<Runnable> between) {
        return new Follow(store, Screen.of(true), length -> next(between, length));
    }

    @Test
    void nobody_waits_half_a_day_for_a_backup_to_come_back() {
        var back = new Retrieval(List.of(new ObjectKey("a/b/c/data")), NOW.plusSeconds(43_200));
        runs.ask(
                Run.queued(
                        ONE,
                        order(),
                        NOW,
                        Turn.of(Optional.empty(), NOW, NOW).after(Optional.of(back))));

        assertThat(follow(store, new ArrayDeque<>()).untilEnded(List.of(ONE))).isEmpty();
    }

    private static void next(ArrayDeque<Runnable> between, Duration length) {
        if (between.isEmpty()) throw new AssertionError("still waiting, for another " + length);
        between.remove().run();
    }

    private void ask(RunId id) {
        runs.ask(Run.asked(id, order(), NOW));
    }

    static Order order() {
        return new Order.Backup(
                SampleBackup.SERVER,
                new ConnectionRef(
                        "127.0.0.1",
                        5432,
                        "postgres",
                        "prefer",
                        Optional.empty(),
                        Optional.empty()),
                List.of(SampleBackup.DATABASE),
                List.of(),
                Selection.EVERYTHING,
                3,
                Duration.ofMinutes(1),
                Duration.ofHours(12));
    }

    private void end(RunId id, RunState state) {
        runs.move(id, run -> run.ended(state, NOW, Optional.empty()));
    }

    /// A bucket whose policy lets us order and not look.
    private static final class Closed extends ForwardingObjectStore {
        Closed(ObjectStore store) {
            super(store);
        }

        @Override
        public Optional<Document> document(ObjectKey key) {
            throw new Problem(ErrorCode.STORE_DENIED, "could not read " + key, "Ask for it.");
        }
    }
}
