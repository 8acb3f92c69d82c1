package io.pgvigil.aws.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.stack.DeployedStack;
import io.pgvigil.core.stack.FunctionAnswer;
import io.pgvigil.core.stack.StackOutputs;
import io.pgvigil.testkit.StackEndpoint;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/// The SDK's own marshalling, against a server that speaks as much of Lambda and CloudFormation as is
/// needed.
final class AwsStackTest {
    private static final StaticCredentialsProvider CREDENTIALS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret"));

    private FunctionAnswer next = answered("{}");

    private final StackEndpoint endpoint =
            StackEndpoint.of(
                    "prod",
                    new DeployedStack() {
                        @Override
                        public StackOutputs outputs() {
                            return new StackOutputs(
                                    "prod", Map.of("StoreUri", "s3://acme-backups/pg"));
                        }

                        @Override
                        public FunctionAnswer call(String function, byte[] event) {
                            return next;
                        }
                    });

    @AfterEach
    void stop() {
        endpoint.close();
    }

    @Test
    void the_outputs_are_those_that_cloudformation_tells() {
        assertThat(stack("prod").outputs().store()).hasToString("s3://acme-backups/pg");
    }

    @Test
    void an_output_that_is_missing_is_named() {
        var outputs = stack("prod").outputs();

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> outputs.function("backup"))
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo(ErrorCode.STACK_INCOMPLETE);
                    assertThat(problem.what()).contains("BackupFunctionName");
                });
    }

    @Test
    void a_stack_that_does_not_exist_says_where_it_was_looked_for() {
        var absent = stack("nix");

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(absent::outputs)
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo(ErrorCode.STACK_NOT_FOUND);
                    assertThat(problem.what())
                            .isEqualTo("there is no stack nix in region eu-west-1");
                });
    }

    @Test
    void a_function_is_called_with_its_event_and_without_its_log() {
        next = answered("{\"runs\":[]}");

        var answer = stack("prod").call("backup-x", bytes("{\"server\":\"orders\"}"));

        assertThat(answer).isInstanceOf(FunctionAnswer.Answered.class);
        assertThat(answer.payload()).isEqualTo(bytes("{\"runs\":[]}"));
        assertThat(endpoint.calls())
                .containsExactly(
                        new StackEndpoint.Call(
                                "backup-x", "RequestResponse", "None", "{\"server\":\"orders\"}"));
    }

    @Test
    void a_functions_error_is_an_answer_not_an_exception() {
        next = new FunctionAnswer.Failed(bytes("{\"errorMessage\":\"no\"}"));

        var answer = stack("prod").call("backup-x", bytes("{}"));

        assertThat(answer).isInstanceOf(FunctionAnswer.Failed.class);
        assertThat(answer.payload()).isEqualTo(bytes("{\"errorMessage\":\"no\"}"));
    }

    @ParameterizedTest
    @CsvSource({
        "429, TooManyRequestsException, STACK_UNREACHABLE, true",
        "404, ResourceNotFoundException, STACK_INCOMPLETE, false",
        "403, AccessDeniedException, STACK_DENIED, false",
        "403, UnrecognizedClientException, STACK_DENIED, false",
        "500, ServiceException, STACK_UNREACHABLE, true",
        "502, EC2UnexpectedException, STACK_UNREACHABLE, true",
        "413, RequestTooLargeException, STACK_INCOMPLETE, false"
    })
    void what_lambda_refuses_has_a_code_and_says_whether_to_try_again(
            int status, String refusal, ErrorCode code, boolean again) {
        endpoint.refuse("backup-x", status, refusal, "no luck today");
        var stack = stack("prod");

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> stack.call("backup-x", bytes("{}")))
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo(code);
                    assertThat(problem.transientFailure()).isEqualTo(again);
                    assertThat(problem.what())
                            .contains("call function backup-x")
                            .contains("no luck today");
                });
        // An order is never given twice, whatever the answer.
        assertThat(endpoint.calls()).hasSize(1);
    }

    @Test
    void a_lost_answer_says_that_the_order_may_have_been_taken() {
        var nobody = URI.create("http://127.0.0.1:9");
        var settings =
                new StackSettings(
                        Optional.of("eu-west-1"), Optional.of(nobody), Optional.of(nobody));

        try (var stack = AwsStack.open("prod", settings, CREDENTIALS)) {
            assertThatExceptionOfType(Problem.class)
                    .isThrownBy(() -> stack.call("backup-x", bytes("{}")))
                    .satisfies(problem -> {
                        assertThat(problem.code()).isEqualTo(ErrorCode.STACK_UNREACHABLE);
                        assertThat(problem.hint()).contains("may have been taken");
                    });
        }
    }

    @Test
    void one_endpoint_serves_both_services() {
        var settings = StackSettings.from(Map.of("AWS_ENDPOINT_URL", endpoint.uri().toString()));

        assertThat(settings.region()).isEmpty();
        assertThat(settings.lambda()).contains(endpoint.uri());
        assertThat(settings.cloudFormation()).contains(endpoint.uri());
    }

    private AwsStack stack(String name) {
        return AwsStack.open(
                name,
                StackSettings.from(
                        Map.of(
                                "AWS_ENDPOINT_URL",
                                endpoint.uri().toString(),
                                "AWS_REGION",
                                "eu-west-1")),
                CREDENTIALS);
    }

    private static FunctionAnswer answered(String json) {
        return new FunctionAnswer.Answered(bytes(json));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
