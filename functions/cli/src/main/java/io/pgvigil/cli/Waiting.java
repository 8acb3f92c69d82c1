package io.pgvigil.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.TaskReport;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.runtime.Stores;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Runs;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/// Giving an order to a stack, and waiting for what becomes of it or not.
final class Waiting {
    @Option(
            names = "--no-wait",
            description = "With --stack: order it and do not wait for the end.")
    private boolean noWait;

    /// An order that was given.
    ///
    /// @param answer the function's own
    /// @param ended empty: nobody waited, by wish or for want of the right to read the store
    record Given(JsonNode answer, Optional<List<Run>> ended, ObjectStore store) {

        /// The last word of a run's task; a task that was killed left none.
        Optional<TaskReport> report(Run run) {
            return new Runs(store).reportOf(run.run());
        }

        /// Says what was ordered, for when nobody waited.
        int notAwaited(Common common) {
            System.out.print(
                    common.json()
                            ? Json.line(Follow.shape(answer, common.place())) + "\n"
                            : Follow.words(Follow.runsOf(answer), common.place()));
            return 0;
        }
    }

    Given give(Remote remote, String function, byte[] event, Screen screen) {
        return await(order(remote, function, event), screen);
    }

    /// Gives an order without waiting yet.
    Given order(Remote remote, String function, byte[] event) {
        var answer = remote.call(function, event);
        return new Given(answer, Optional.empty(), Stores.open(remote.store(), System.getenv()));
    }

    Given await(Given given, Screen screen) {
        var runs = Follow.runsOf(given.answer());
        if (noWait || runs.isEmpty()) return given;
        var ended = new Follow(given.store(), screen).untilEnded(runs);
        return new Given(given.answer(), ended, given.store());
    }

    /// The record that a drill or restore left; a run that left none fails as it failed.
    static <T> T record(Given given, Run run, Class<T> type) {
        for (var result : given.report(run).map(TaskReport::results).orElse(List.of()))
            if (result.record().isPresent()) {
                var key = result.record().get();
                var document = given.store().document(key).orElseThrow();
                return Json.read(document.content(), type, key.value());
            }
        throw run.failure()
                .map(Failure::toProblem)
                .orElseGet(() ->
                        new Problem(
                                ErrorCode.RUN_FAILED,
                                "run " + run.run() + " left no record",
                                "This is a defect of ours."));
    }
}
