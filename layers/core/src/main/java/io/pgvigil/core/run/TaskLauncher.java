package io.pgvigil.core.run;

/// Starts the program that moves data: as a container on Fargate or as a child process.
public interface TaskLauncher {

    /// Starts a task for a stored run and returns the launcher's name for it. Does not wait.
    /// Throws `TASK_NOT_STARTED` when no task was started, transient when the next minutes may bring
    /// one (throttling, no capacity).
    String launch(Run run);
}
