package io.pgvigil.task;

/// What must be done although the task was told to stop: a thread that is interrupted cannot write to S3.
final class Uninterrupted {
    private Uninterrupted() {}

    /// The interrupt is there again afterwards.
    static void run(Runnable deed) {
        var interrupted = Thread.interrupted();
        try {
            deed.run();
        } finally {
            if (interrupted) Thread.currentThread().interrupt();
        }
    }
}
