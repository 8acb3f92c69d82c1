package io.pgvigil.core.run;

/// How far a run is. `SEALED`, `DONE` and `FAILED` are final.
public enum RunState {
    /// Recorded; waits until its server has room, or until a task can be had.
    QUEUED,
    /// Recorded; its task is about to be started.
    ASKED,
    /// A task was started for it.
    STARTED,
    /// A backup run ended and everything it left was sealed.
    SEALED,
    /// A drill or restore ran to its end; its own record says with which result.
    DONE,
    /// It ended without a result; the problem says why.
    FAILED;

    public boolean ended() {
        return this == SEALED || this == DONE || this == FAILED;
    }
}
