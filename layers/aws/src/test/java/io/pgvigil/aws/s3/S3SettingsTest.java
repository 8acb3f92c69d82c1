package io.pgvigil.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class S3SettingsTest {
    @Test
    void without_settings_it_is_amazons_s3_with_what_the_surroundings_say() {
        assertThat(S3Settings.from(Map.of())).isEqualTo(S3Settings.STANDARD);
    }

    @Test
    void an_endpoint_means_the_bucket_is_in_the_path_unless_told_otherwise() {
        var endpoint = Map.of("PGVIGIL_S3_ENDPOINT", "https://minio.internal:9000");
        var virtualHosts =
                Map.of(
                        "PGVIGIL_S3_ENDPOINT", "https://minio.internal:9000",
                        "PGVIGIL_S3_PATH_STYLE", "false");

        assertThat(S3Settings.from(endpoint).endpoint())
                .contains(URI.create("https://minio.internal:9000"));
        assertThat(S3Settings.from(endpoint).pathStyle()).isTrue();
        assertThat(S3Settings.from(virtualHosts).pathStyle()).isFalse();
    }

    @Test
    void amazons_store_is_asked_over_tls_and_another_as_its_address_says() {
        assertThat(S3Settings.STANDARD.overTls()).isTrue();
        assertThat(at("https://minio.internal:9000").overTls()).isTrue();
        assertThat(at("http://127.0.0.1:9000").overTls()).isFalse();
    }

    private static S3Settings at(String endpoint) {
        return S3Settings.from(Map.of("PGVIGIL_S3_ENDPOINT", endpoint));
    }

    @Test
    void our_own_variables_win_over_those_of_aws() {
        var settings =
                S3Settings.from(
                        Map.of("AWS_REGION", "us-east-1", "PGVIGIL_S3_REGION", "eu-west-3"));

        assertThat(settings.region()).contains("eu-west-3");
    }

    @Test
    void everything_that_is_wrong_is_told_at_once() {
        var environment =
                Map.of(
                        "AWS_REGION", "Europe (Paris)",
                        "AWS_ENDPOINT_URL", "minio:9000",
                        "PGVIGIL_S3_PATH_STYLE", "yes",
                        "PGVIGIL_S3_KMS_KEY_ID", "my key");

        assertThatThrownBy(() -> S3Settings.from(environment))
                .hasMessageContaining("PGV-1002")
                .hasMessageContaining("AWS_REGION=Europe (Paris)")
                .hasMessageContaining("AWS_ENDPOINT_URL=minio:9000")
                .hasMessageContaining("PGVIGIL_S3_PATH_STYLE=yes")
                .hasMessageContaining("PGVIGIL_S3_KMS_KEY_ID=my key");
    }

    @Test
    void a_password_in_an_endpoint_is_refused_and_not_repeated() {
        assertThatThrownBy(() ->
                        S3Settings.from(
                                Map.of("PGVIGIL_S3_ENDPOINT", "https://user:hunter2@s3.internal")))
                .hasMessageContaining("PGVIGIL_S3_ENDPOINT")
                .hasMessageNotContaining("hunter2");
    }
}
