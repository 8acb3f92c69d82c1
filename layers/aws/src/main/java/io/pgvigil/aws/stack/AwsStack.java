package io.pgvigil.aws.stack;

import io.pgvigil.core.stack.DeployedStack;
import io.pgvigil.core.stack.FunctionAnswer;
import io.pgvigil.core.stack.StackOutputs;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudformation.CloudFormationClient;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvocationType;
import software.amazon.awssdk.services.lambda.model.LogType;

/// A stack in the account and region of whoever calls.
///
/// Needs `cloudformation:DescribeStacks` for the stack and `lambda:InvokeFunction` for its functions.
public final class AwsStack implements DeployedStack, AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    /// Longer than any function of the template may take, so that the function gives up first.
    private static final Duration SILENCE_TIMEOUT = Duration.ofMinutes(16);

    private final String name;
    private final CloudFormationClient cloudFormation;
    private final LambdaClient lambda;
    private final StackFailures failures;

    private AwsStack(
            String name,
            CloudFormationClient cloudFormation,
            LambdaClient lambda,
            StackFailures failures) {
        this.name = name;
        this.cloudFormation = cloudFormation;
        this.lambda = lambda;
        this.failures = failures;
    }

    /// With the credentials that the SDK finds: environment, profile, role.
    public static AwsStack open(String name, StackSettings settings) {
        return open(name, settings, DefaultCredentialsProvider.builder().build());
    }

    static AwsStack open(String name, StackSettings settings, AwsCredentialsProvider credentials) {
        var failures = new StackFailures(name, settings.region());
        try {
            var cloudFormation = CloudFormationClient.builder();
            settings.cloudFormation().ifPresent(cloudFormation::endpointOverride);
            cloudFormation.httpClientBuilder(http());
            prepare(cloudFormation, settings, credentials);

            var lambda = LambdaClient.builder();
            settings.lambda().ifPresent(lambda::endpointOverride);
            lambda.httpClientBuilder(http());
            // An order whose answer was lost must not be given again: it would be a second run.
            lambda.overrideConfiguration(
                    overrides -> overrides.retryStrategy(AwsRetryStrategy.doNotRetry()));
            prepare(lambda, settings, credentials);
            return new AwsStack(name, cloudFormation.build(), lambda.build(), failures);
        } catch (SdkException e) {
            throw failures.problem(e, "reach AWS");
        }
    }

    private static Apache5HttpClient.Builder http() {
        return Apache5HttpClient.builder()
                .connectionTimeout(CONNECT_TIMEOUT)
                .socketTimeout(SILENCE_TIMEOUT);
    }

    private static void prepare(
            AwsClientBuilder<?, ?> builder,
            StackSettings settings,
            AwsCredentialsProvider credentials) {
        builder.credentialsProvider(credentials);
        settings.region().map(Region::of).ifPresent(builder::region);
    }

    @Override
    public StackOutputs outputs() {
        try {
            var described = cloudFormation.describeStacks(request -> request.stackName(name));
            var values = new LinkedHashMap<String, String>();
            for (var stack : described.stacks())
                for (var output : stack.outputs())
                    values.put(output.outputKey(), output.outputValue());
            return new StackOutputs(name, values);
        } catch (SdkException e) {
            throw failures.problem(e, "read the outputs of stack " + name);
        }
    }

    @Override
    public FunctionAnswer call(String function, byte[] event) {
        try {
            var response =
                    lambda.invoke(request ->
                            request.functionName(function)
                                    .invocationType(InvocationType.REQUEST_RESPONSE)
                                    // The log may quote what only its readers should see.
                                    .logType(LogType.NONE)
                                    .payload(SdkBytes.fromByteArray(event)));
            var payload =
                    Optional.ofNullable(response.payload())
                            .map(SdkBytes::asByteArray)
                            .orElse(new byte[0]);
            return response.functionError() == null
                    ? new FunctionAnswer.Answered(payload)
                    : new FunctionAnswer.Failed(payload);
        } catch (SdkException e) {
            throw failures.problem(e, "call function " + function);
        }
    }

    @Override
    public void close() {
        cloudFormation.close();
        lambda.close();
    }
}
