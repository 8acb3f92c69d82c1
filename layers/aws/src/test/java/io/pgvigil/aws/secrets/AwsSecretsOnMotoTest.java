package io.pgvigil.aws.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pgvigil.aws.Clients;
import io.pgvigil.aws.FakeAws;
import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.connect.SslMode;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.testkit.MotoServer;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;

/// Secrets as moto keeps them: versions, binary ones, ones that are about to go.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AwsSecretsOnMotoTest {
    private static final Endpoint ENDPOINT =
            new Endpoint("h", 5432, "backup", SslMode.VERIFY_FULL, Optional.empty());

    private final MotoServer moto = MotoServer.start();
    private final Clients clients = new Clients(moto.environment(), FakeAws.credentials());
    private final SecretsManagerClient manager =
            clients.build(
                    SecretsManagerClient.builder(), "SECRETS_MANAGER", Duration.ofSeconds(60));
    private final AwsSecrets secrets = new AwsSecrets(clients);

    @AfterAll
    void stop() {
        manager.close();
        moto.close();
    }

    @Test
    void a_rotated_secret_gives_the_new_password() {
        var arn =
                manager.createSecret(s ->
                                s.name("rotated")
                                        .secretString(
                                                "{\"username\":\"backup\",\"password\":\"one\"}"))
                        .arn();
        var before = find(arn);
        manager.putSecretValue(s -> s.secretId(arn).secretString("two"));

        assertThat(before).isEqualTo("one");
        assertThat(find(arn)).isEqualTo("two");
    }

    @Test
    void a_secret_that_is_about_to_be_deleted_says_how_to_get_it_back() {
        var arn = manager.createSecret(s -> s.name("leaving").secretString("x")).arn();
        manager.deleteSecret(s -> s.secretId(arn));

        assertThat(problem(arn).hint()).contains("restore-secret");
    }

    @Test
    void a_binary_secret_is_told() {
        var arn =
                manager.createSecret(s ->
                                s.name("binary").secretBinary(SdkBytes.fromByteArray(new byte[3])))
                        .arn();

        assertThat(problem(arn).what()).contains("is binary");
    }

    @Test
    void a_secret_that_does_not_exist_is_named() {
        var arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:nowhere-AbCdEf";

        assertThat(problem(arn).what()).contains(arn).contains("does not exist");
    }

    @Test
    void a_secret_is_looked_up_in_the_region_of_its_arn() {
        var arn = manager.createSecret(s -> s.name("here").secretString("x")).arn();

        assertThat(problem(arn.replace("eu-west-1", "us-east-2")).what()).contains("us-east-2");
    }

    private String find(String arn) {
        return secrets.find(arn, ENDPOINT).orElseThrow().reveal();
    }

    private Problem problem(String arn) {
        var problem = catchThrowableOfType(Problem.class, () -> secrets.find(arn, ENDPOINT));
        assertThat(problem).isNotNull();
        assertThat(problem.code()).isEqualTo(ErrorCode.SECRET_NOT_FOUND);
        return problem;
    }
}
