package io.pgvigil.aws.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.testkit.MotoServer;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudformation.CloudFormationClient;

/// A stack that moto's CloudFormation made from a template with outputs.
final class AwsStackOnMotoTest {
    private static final StaticCredentialsProvider CREDENTIALS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret"));

    private static final String TEMPLATE =
            """
            AWSTemplateFormatVersion: "2010-09-09"
            Resources:
              NotificationTopic: { Type: AWS::SNS::Topic }
            Outputs:
              StoreUri: { Value: !Sub "s3://acme-${AWS::Region}/pg" }
              BackupFunctionName: { Value: prod-BackupFunction-1A2B3C }
              TopicArn: { Value: !Ref NotificationTopic }
            """;

    private static MotoServer moto;

    @BeforeAll
    static void start() {
        moto = MotoServer.start();
        try (var cloudFormation =
                CloudFormationClient.builder()
                        .endpointOverride(moto.endpoint())
                        .region(Region.EU_WEST_1)
                        .credentialsProvider(CREDENTIALS)
                        .httpClientBuilder(Apache5HttpClient.builder())
                        .build()) {
            cloudFormation.createStack(stack -> stack.stackName("prod").templateBody(TEMPLATE));
        }
    }

    @AfterAll
    static void stop() {
        moto.close();
    }

    @Test
    void the_outputs_of_a_stack_are_read() {
        try (var stack = stack("prod")) {
            var outputs = stack.outputs();

            assertThat(outputs.store()).hasToString("s3://acme-eu-west-1/pg");
            assertThat(outputs.function("backup")).isEqualTo("prod-BackupFunction-1A2B3C");
            assertThat(outputs.required("TopicArn")).startsWith("arn:aws:sns:eu-west-1:");
        }
    }

    @Test
    void a_stack_that_does_not_exist_is_said_not_to() {
        try (var stack = stack("nix")) {
            assertThatExceptionOfType(Problem.class)
                    .isThrownBy(stack::outputs)
                    .satisfies(problem ->
                            assertThat(problem.code()).isEqualTo(ErrorCode.STACK_NOT_FOUND));
        }
    }

    private static AwsStack stack(String name) {
        return AwsStack.open(
                name,
                StackSettings.from(
                        Map.of(
                                "AWS_ENDPOINT_URL",
                                moto.endpoint().toString(),
                                "AWS_REGION",
                                "eu-west-1")),
                CREDENTIALS);
    }
}
