package io.pgvigil.aws.s3;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/// How long to wait before each further attempt, after the SDK has used up its own.
///
/// The SDK's retries bridge seconds. A backup that has been running for hours is worth minutes.
record Patience(List<Duration> pauses) {
    static final Patience STANDARD =
            new Patience(
                    List.of(
                            Duration.ofSeconds(1),
                            Duration.ofSeconds(5),
                            Duration.ofSeconds(20),
                            Duration.ofSeconds(60)));

    /// Repeats the call while it fails in a way that may pass.
    <T> T with(Supplier<T> call) {
        for (var pause : pauses)
            try {
                return call.get();
            } catch (Problem e) {
                if (!e.transientFailure()) throw e;
                sleep(pause);
            }
        return call.get();
    }

    static void sleep(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(
                    ErrorCode.STORE_FAILED,
                    "interrupted while waiting for the store",
                    "Run it again if it was not stopped on purpose.",
                    e);
        }
    }
}
