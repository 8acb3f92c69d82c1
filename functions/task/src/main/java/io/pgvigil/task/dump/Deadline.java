package io.pgvigil.task.dump;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.Running;
import java.time.Duration;

/// Ends a program that takes longer than it may, so that one hung dump never holds everything up.
public final class Deadline implements AutoCloseable {
    private final Running running;
    private final Duration longest;
    private final Thread watcher;
    private volatile boolean over;

    public Deadline(Running running, Duration longest) {
        this.running = running;
        this.longest = longest;
        watcher = Thread.ofVirtual().name("deadline of " + running.name()).start(this::watch);
    }

    private void watch() {
        try {
            Thread.sleep(longest);
        } catch (InterruptedException inTime) {
            Thread.currentThread().interrupt();
            return;
        }
        over = true;
        running.terminate(Running.GRACE);
    }

    public void throwIfOver() {
        if (!over) return;
        throw new Problem(
                ErrorCode.DEADLINE_EXCEEDED,
                running.name() + " had not ended after " + longest.toSeconds() + " seconds",
                "Raise limits.longest if the database needs more, or find out what the dump waited"
                        + " for.");
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
