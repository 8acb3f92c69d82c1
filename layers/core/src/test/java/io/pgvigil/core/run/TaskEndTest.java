package io.pgvigil.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.RunId;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TaskEndTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    137 | Essential container in task exited, OutOfMemoryError: Container killed due to memory usage | OUT_OF_MEMORY
                    137 | Essential container in task exited                                        | OUT_OF_MEMORY
                    143 | SpotInterruption: Your Spot Task was interrupted.                         | SPOT_INTERRUPTION
                    137 | SpotInterruption: Your Spot Task was interrupted.                         | SPOT_INTERRUPTION
                        | TaskFailedToStart: CannotPullContainerError: pull image manifest: not found | IMAGE_NOT_FOUND
                        | TaskFailedToStart: ResourceInitializationError: unable to pull secrets or registry auth | SECRET_OR_NETWORK
                        | TaskFailedToStart: Timeout waiting for network interface provisioning to complete. | PLATFORM_TIMEOUT
                        | TaskFailedToStart: Capacity is unavailable at this time. Please try again later | NO_CAPACITY
                        | TaskFailedToStart: something new                                          | NEVER_STARTED
                    143 | UserInitiated: Task stopped by operator                                   | STOPPED_BY_SOMEBODY
                    143 | exited                                                                    | STOPPED_BY_SOMEBODY
                        | found dead: ECS does not know the task                                    | FOUND_DEAD
                    1   | Essential container in task exited                                        | OTHER
                    """)
    void every_end_has_its_own_hint(Integer exitCode, String reason, TaskEnd end) {
        assertThat(TaskEnd.judge(Optional.ofNullable(exitCode), reason)).isEqualTo(end);
    }

    @Test
    void the_failure_names_run_code_and_reason() {
        var problem =
                TaskEnd.withoutReport(
                        new TaskStopped(
                                new RunId("20261122T023000Z-backup-9f3c21d0a4"),
                                Optional.of(137),
                                "Essential container in task exited",
                                Instant.EPOCH));

        assertThat(problem.what())
                .contains("20261122T023000Z-backup-9f3c21d0a4")
                .contains("exit code 137")
                .contains("Essential container");
        assertThat(problem.hint()).endsWith(".");
        assertThat(problem.transientFailure()).isTrue();
    }
}
