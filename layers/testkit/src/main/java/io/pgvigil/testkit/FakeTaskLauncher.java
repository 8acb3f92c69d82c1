package io.pgvigil.testkit;

import io.pgvigil.core.RunId;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.TaskLauncher;
import java.util.ArrayList;
import java.util.List;

/// Starts nothing and remembers for which runs it was asked to.
public final class FakeTaskLauncher implements TaskLauncher {
    private final List<RunId> launched = new ArrayList<>();
    private boolean capacity = true;

    @Override
    public synchronized String launch(Run order) {
        var run = order.run();
        if (!capacity)
            throw new Problem(
                    ErrorCode.TASK_NOT_STARTED,
                    "no task could be started for run " + run + ": no capacity",
                    "Try again later.");
        launched.add(run);
        return "task-" + launched.size();
    }

    /// From now on no task can be started.
    public synchronized void runOutOfCapacity() {
        capacity = false;
    }

    public synchronized List<RunId> launched() {
        return List.copyOf(launched);
    }
}
