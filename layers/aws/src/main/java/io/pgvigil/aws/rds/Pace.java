package io.pgvigil.aws.rds;

import java.time.Duration;

/// How often RDS is asked, and how long for.
///
/// @param poll between two looks at an instance
/// @param pause before a call that failed in passing is made again
/// @param making until a new instance must be available; Amazon's take 5 to 15 minutes
/// @param deleting how long a refused deletion is tried again
/// @param stopping the same when the task has been told to stop and will be killed
/// @param unseen how long an instance may be invisible although it was asked for
public record Pace(
        Duration poll,
        Duration pause,
        Duration making,
        Duration deleting,
        Duration stopping,
        Duration unseen) {
    public static final Pace STANDARD =
            new Pace(
                    Duration.ofSeconds(15),
                    Duration.ofSeconds(5),
                    Duration.ofMinutes(60),
                    Duration.ofMinutes(20),
                    // ECS kills 30 seconds after it asked, and the report must still be written.
                    Duration.ofSeconds(12),
                    Duration.ofSeconds(30));

    /// For a double that answers at once.
    public static Pace quick() {
        return new Pace(
                Duration.ofMillis(50),
                Duration.ofMillis(50),
                Duration.ofSeconds(60),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                Duration.ofMillis(500));
    }
}
