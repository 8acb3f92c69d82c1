package io.pgvigil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.testkit.StackEndpoint;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class FunctionErrorTest {

    @Test
    void a_problem_of_the_function_is_the_same_problem_here() {
        var theirs =
                new Problem(
                        ErrorCode.BACKUP_NOT_FOUND,
                        "there is no backup 'nix' in s3://acme/pg",
                        "pgvigil list shows the 3 that are there.");

        var ours = FunctionError.of("verify", StackEndpoint.failed(theirs).payload());

        assertThat(ours).hasMessage(theirs.getMessage());
        assertThat(ours.code()).isEqualTo(theirs.code());
        assertThat(ours.what()).isEqualTo(theirs.what());
        assertThat(ours.hint()).isEqualTo(theirs.hint());
    }

    @Test
    void a_code_of_a_newer_stack_is_shown_with_its_words() {
        var problem = of("PGV-1999: something new\\nHINT: Do this.");

        assertThat(problem.code()).isEqualTo(ErrorCode.FUNCTION_FAILED);
        assertThat(problem.what()).isEqualTo("backup: PGV-1999: something new");
        assertThat(problem.hint()).isEqualTo("Do this.");
    }

    @Test
    void a_function_that_was_not_ready_in_time_may_have_ordered_all_the_same() {
        var problem = of("2026-11-22T02:31:00.000Z 5f1c Task timed out after 60.00 seconds");

        assertThat(problem.transientFailure()).isTrue();
        assertThat(problem.hint()).contains("pgvigil status");
    }

    @Test
    void any_other_error_is_one_line_without_a_stack_trace() {
        var problem =
                FunctionError.of(
                        "seal",
                        ("{\"errorMessage\":\"RequestId: 5f1c Error: Runtime exited\\nmore\","
                                        + "\"errorType\":\"Runtime.ExitError\",\"stackTrace\":[\"io.x\"]}")
                                .getBytes(StandardCharsets.UTF_8));

        assertThat(problem.code()).isEqualTo(ErrorCode.FUNCTION_FAILED);
        assertThat(problem.what())
                .isEqualTo(
                        "seal failed: RequestId: 5f1c Error: Runtime exited (Runtime.ExitError)");
    }

    @Test
    void what_is_no_json_is_a_failure_too() {
        assertThat(FunctionError.of("seal", new byte[] {1, 2}).what())
                .isEqualTo("seal failed: it gave no reason");
    }

    private static Problem of(String message) {
        return FunctionError.of(
                "backup",
                ("{\"errorMessage\":\"" + message + "\"}").getBytes(StandardCharsets.UTF_8));
    }
}
