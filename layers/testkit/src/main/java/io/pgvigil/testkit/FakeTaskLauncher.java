package io.pgvigil.testkit;

import io.pgvigil.core.RunId;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.TaskLauncher;
import io.pgvigil.core.run.TaskSight;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Starts nothing and remembers for which runs it was asked to.
public final class FakeTaskLauncher implements TaskLauncher, TaskSight {
    private final List<RunId> launched = new ArrayList<>();
    private final Map<String, Look> looks = new HashMap<>();
    private boolean capacity = true;
    private Optional<Problem> refusal = Optional.empty();

    @Override
    public synchronized String launch(Run order) {
        var run = order.run();
        if (refusal.isPresent()) throw refusal.get();
        if (!capacity)
            throw new Problem(
                    ErrorCode.TASK_NOT_STARTED,
                    "no task could be started for run " + run + ": no capacity",
                    "Try again later.");
        launched.add(run);
        var task = "task-" + launched.size();
        looks.put(task, new Look.Alive());
        return task;
    }

    @Override
    public synchronized Look look(Run run, String task) {
        return looks.getOrDefault(task, new Look.Unknown(Optional.empty()));
    }

    /// What there is to see of a task from now on.
    public synchronized void show(String task, Look look) {
        looks.put(task, look);
    }

    /// From now on there is room again.
    public synchronized void haveCapacity() {
        capacity = true;
    }

    /// From now on no task can be started, and that will not change by itself.
    public synchronized void refuse(String why) {
        refusal =
                Optional.of(
                        new Problem(
                                ErrorCode.TASK_NOT_STARTED,
                                "no task could be started: " + why,
                                "Correct it.",
                                false,
                                null));
    }

    /// From now on no task can be started.
    public synchronized void runOutOfCapacity() {
        capacity = false;
    }

    public synchronized List<RunId> launched() {
        return List.copyOf(launched);
    }
}
