package io.pgvigil.runtime;

import io.pgvigil.core.process.Command;
import io.pgvigil.core.run.TaskLauncher;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.ChildTaskLauncher;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/// Chooses how tasks are started.
public final class Launchers {
    private Launchers() {}

    /// As the environment says: `PGVIGIL_TASK_COMMAND` names the program of the container for a
    /// child process, words separated by blanks.
    public static TaskLauncher standard(StoreUri store, Map<String, String> environment) {
        var settings = new Settings(environment);
        var program = settings.required("PGVIGIL_TASK_COMMAND");
        settings.throwIfAnyProblem();
        return child(
                List.of(program.strip().split("\\s+")), store, ChildTaskLauncher.Listener.SILENT);
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
