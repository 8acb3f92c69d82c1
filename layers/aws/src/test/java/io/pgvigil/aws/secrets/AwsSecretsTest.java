package io.pgvigil.aws.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgvigil.aws.Clients;
import io.pgvigil.aws.FakeAws;
import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.connect.SslMode;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AwsSecretsTest {
    private static final String ARN =
            "arn:aws:secretsmanager:eu-central-1:123456789012:secret:orders-AbCdEf";
    private static final String PASSWORD = "kr4ken-42";
    private static final String RDS = "orders.abc123def.eu-west-3.rds.amazonaws.com";

    private final FakeAws aws = new FakeAws();
    private final AwsSecrets secrets = new AwsSecrets(aws.clients());

    @AfterEach
    void stop() {
        aws.close();
    }

    // Secrets Manager

    @ParameterizedTest
    @ValueSource(
            strings = {
                PASSWORD,
                PASSWORD + "\n",
                "{\"password\":\"" + PASSWORD + "\"}",
                "{\"username\":\"backup\",\"password\":\"" + PASSWORD + "\"}",
                "{\"username\":\"backup\",\"password\":\""
                        + PASSWORD
                        + "\",\"engine\":\"postgres\",\"host\":\"x\",\"port\":5432}"
            })
    void a_password_is_the_text_or_in_json_as_rds_writes_it(String text) {
        store(text);

        assertThat(found()).isEqualTo(PASSWORD);
    }

    @Test
    void a_password_may_begin_with_a_brace() {
        store("{not json");

        assertThat(found()).isEqualTo("{not json");
    }

    @Test
    void a_secret_is_asked_for_each_time() {
        store("before");
        var first = found();
        store("after");

        assertThat(first).isEqualTo("before");
        assertThat(found()).isEqualTo("after");
    }

    @Test
    void the_secret_of_another_user_names_both_and_not_the_password() {
        store("{\"username\":\"admin\",\"password\":\"" + PASSWORD + "\"}");

        var problem = problem(ARN);

        assertThat(problem.what()).contains("'admin'").contains("'backup'").contains(ARN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "{\"password\":\"\"}",
                "{\"pw\":\"" + PASSWORD + "\"}",
                "{\"password\":12}",
                "{\"password\":\"a\\u0000" + PASSWORD + "\"}"
            })
    void a_secret_without_a_password_is_told_without_its_text(String text) {
        store(text);

        assertThat(problem(ARN).hint()).contains("\"password\"");
    }

    @Test
    void a_binary_secret_is_told() {
        aws.secret(ARN, "{\"ARN\":\"" + ARN + "\",\"SecretBinary\":\"AAEC\"}");

        assertThat(problem(ARN).what()).contains("is binary");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ResourceNotFoundException | Secrets Manager can't find the specified secret. | does not exist | ARN | false",
                "AccessDeniedException | User: x is not authorized to perform: secretsmanager:GetSecretValue | may not be read | secretsmanager:GetSecretValue | false",
                "AccessDeniedException | Access to KMS is not allowed | decrypted | kms:Decrypt | false",
                "DecryptionFailure | Secrets Manager can't decrypt the protected secret text using the provided KMS key. | decrypted | enabled | false",
                "InvalidRequestException | You can't perform this operation on the secret because it was marked for deletion. | deleted | restore-secret | false",
                "UnrecognizedClientException | The security token included in the request is invalid. | cannot be read | role | false",
                "ThrottlingException | Rate exceeded | cannot be read | reach | true",
                "InternalServiceError | oops | cannot be read | reach | true"
            })
    void each_refusal_says_what_to_do(
            String code, String message, String what, String hint, boolean again) {
        aws.refuse(
                "GetSecretValue",
                code.equals("InternalServiceError") ? 500 : 400,
                code,
                message,
                10);

        var problem = problem(ARN);

        assertThat(problem.what()).contains(ARN).contains(what).contains(message);
        assertThat(problem.hint()).contains(hint);
        assertThat(problem.transientFailure()).isEqualTo(again);
    }

    @Test
    void references_of_other_kinds_are_not_ours_and_nobody_is_asked() {
        var untouched = AwsSecrets.from(Map.of("AWS_ENDPOINT_URL", aws.endpoint().toString()));

        assertThat(untouched.find("env:PGPASSWORD", endpoint("h", SslMode.PREFER))).isEmpty();
        assertThat(untouched.find("vault:x", endpoint("h", SslMode.PREFER))).isEmpty();
        assertThat(aws.requests("GetSecretValue")).isEmpty();
    }

    @Test
    void the_arn_of_something_else_is_told() {
        assertThat(problem("arn:aws:s3:::bucket").what()).contains("is not the ARN of a secret");
    }

    // Tokens

    @Test
    void a_token_is_for_host_port_user_and_the_region_in_the_host_s_name() {
        var token = secrets.find("iam", endpoint(RDS, SslMode.VERIFY_FULL)).orElseThrow();

        assertThat(token.reveal())
                .startsWith(RDS + ":5432/?")
                .contains("Action=connect")
                .contains("DBUser=backup")
                .contains("X-Amz-Expires=900")
                .contains("%2Feu-west-3%2Frds-db%2F");
        assertThat(token.toString()).isEqualTo("***");
    }

    @ParameterizedTest
    @CsvSource({
        "orders.abc.cn-north-1.rds.amazonaws.com.cn,cn-north-1",
        "orders.cluster-ro-abc.us-gov-west-1.rds.amazonaws.com,us-gov-west-1",
        "orders.proxy-abc.eu-west-3.rds.amazonaws.com,eu-west-3",
        "orders.abc.eusc-de-east-1.rds.amazonaws.eu,eu-west-1"
    })
    void partitions_and_clusters_have_tokens_too(String host, String region) {
        var token = secrets.find("iam", endpoint(host, SslMode.REQUIRE)).orElseThrow();

        assertThat(token.reveal()).contains("%2F" + region + "%2Frds-db%2F");
    }

    @ParameterizedTest
    @CsvSource({"DISABLE", "ALLOW", "PREFER"})
    void a_token_never_travels_where_encryption_is_not_certain(SslMode mode) {
        var problem = problem("iam", endpoint(RDS, mode));

        assertThat(problem.code()).isEqualTo(ErrorCode.CONFIG_INVALID);
        assertThat(problem.what()).contains(mode.libpqName());
    }

    @ParameterizedTest
    @ValueSource(strings = {"db.acme.com", "127.0.0.1", "localhost"})
    void a_name_that_rds_did_not_give_has_no_token(String host) {
        var problem = problem("iam", endpoint(host, SslMode.VERIFY_FULL));

        assertThat(problem.what()).contains(host);
        assertThat(problem.hint()).contains("rds.amazonaws.com");
    }

    @Test
    void without_a_role_there_is_no_token() {
        var nobody =
                new AwsSecrets(
                        new Clients(
                                Map.of(),
                                () -> {
                                    throw software.amazon.awssdk.core.exception.SdkClientException
                                            .create("Unable to load credentials from any provider");
                                }));

        var problem =
                catchThrowableOfType(
                        Problem.class,
                        () -> nobody.find("iam", endpoint(RDS, SslMode.VERIFY_FULL)));

        assertThat(problem.code()).isEqualTo(ErrorCode.SECRET_NOT_FOUND);
        assertThat(problem.hint()).contains("rds-db:connect");
    }

    private void store(String text) {
        var answer =
                new ObjectMapper().createObjectNode().put("ARN", ARN).put("SecretString", text);
        aws.secret(ARN, answer.toString());
    }

    private String found() {
        return secrets.find(ARN, endpoint(RDS, SslMode.VERIFY_FULL)).orElseThrow().reveal();
    }

    private Problem problem(String reference) {
        var problem = problem(reference, endpoint(RDS, SslMode.VERIFY_FULL));
        assertThat(problem.code()).isEqualTo(ErrorCode.SECRET_NOT_FOUND);
        return problem;
    }

    private Problem problem(String reference, Endpoint endpoint) {
        var problem = catchThrowableOfType(Problem.class, () -> secrets.find(reference, endpoint));
        assertThat(problem).isNotNull();
        assertThat(problem).message().doesNotContain(PASSWORD);
        return problem;
    }

    private static Endpoint endpoint(String host, SslMode mode) {
        return new Endpoint(host, 5432, "backup", mode, Optional.empty());
    }
}
