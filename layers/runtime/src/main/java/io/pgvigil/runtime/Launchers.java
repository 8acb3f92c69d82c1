package io.pgvigil.runtime;

import io.pgvigil.aws.ecs.EcsTasks;
import io.pgvigil.core.process.Command;
import io.pgvigil.core.run.TaskLauncher;
import io.pgvigil.core.run.TaskSight;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.ChildTaskLauncher;
import io.pgvigil.local.ChildTaskSight;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/// Chooses how tasks are started and looked at.
public final class Launchers {
    private Launchers() {}

    /// What starts tasks, and what looks at those it started.
    ///
    /// @param prepare makes beforehand what starting a task needs
    public record Tasks(TaskLauncher launcher, TaskSight sight, Runnable prepare) {}

    public static boolean onEcs(Map<String, String> environment) {
        return new Settings(environment).optional("PGVIGIL_ECS_CLUSTER").isPresent();
    }

    /// As the environment says: Fargate when `PGVIGIL_ECS_CLUSTER` is set; otherwise
    /// `PGVIGIL_TASK_COMMAND` names the program of the container for a child process, words separated
    /// by blanks.
    public static Tasks standard(StoreUri store, Map<String, String> environment) {
        if (onEcs(environment)) {
            var ecs = EcsTasks.from(environment);
            return new Tasks(ecs, ecs, ecs::prepare);
        }
        var settings = new Settings(environment);
        var program = settings.required("PGVIGIL_TASK_COMMAND");
        settings.throwIfAnyProblem();
        return new Tasks(
                child(
                        List.of(program.strip().split("\\s+")),
                        store,
                        ChildTaskLauncher.Listener.SILENT),
                processes(),
                () -> {});
    }

    public static TaskSight processes() {
        return new ChildTaskSight(new ThisHost().name(), InstantSource.system());
    }

    public static ChildTaskLauncher child(
            List<String> program, StoreUri store, ChildTaskLauncher.Listener listener) {
        return new ChildTaskLauncher(
                new Command(program, Map.of("PGVIGIL_STORE", store.toString())),
                listener,
                new ThisHost().name(),
                InstantSource.system());
    }
}
