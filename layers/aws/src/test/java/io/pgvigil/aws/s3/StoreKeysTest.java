package io.pgvigil.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.testkit.FakeS3;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The keys of a store at another service, from where its address says.
final class StoreKeysTest {
    private final FakeS3 s3 = new FakeS3();

    @AfterEach
    void stop() {
        s3.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "FARKEYID:hush",
                "{\"access_key_id\": \"FARKEYID\", \"secret_access_key\": \"hush\"}"
            })
    void a_store_is_reached_at_its_own_endpoint_with_its_own_keys_and_region(String keys) {
        try (var store = open(Map.of("FAR_KEYS", keys, "AWS_REGION", "eu-west-1"))) {
            try (var objects = store.list("")) {
                assertThat(objects).isEmpty();
            }
        }

        assertThat(s3.requests().getFirst().headers().toString())
                .contains("Credential=FARKEYID/")
                .contains("/eu-far-1/s3/")
                .doesNotContain("eu-west-1");
    }

    @Test
    void without_its_keys_nothing_is_asked() {
        try (var store = open(Map.of())) {
            assertThatExceptionOfType(Problem.class)
                    .isThrownBy(() -> store.stat(new ObjectKey("x")))
                    .withMessageStartingWith("PGV-1011: the variable FAR_KEYS");
        }
        assertThat(s3.requests()).isEmpty();
    }

    @Test
    void what_is_no_pair_of_keys_is_refused_and_never_repeated() {
        try (var store = open(Map.of("FAR_KEYS", "hush-unmistakable"))) {
            assertThatExceptionOfType(Problem.class)
                    .isThrownBy(() -> store.stat(new ObjectKey("x")))
                    .withMessageStartingWith("PGV-1011: env:FAR_KEYS does not hold the keys")
                    .satisfies(problem -> assertThat(problem + "").doesNotContain("unmistakable"));
        }
    }

    private S3Store open(Map<String, String> environment) {
        var uri =
                (StoreUri.S3)
                        StoreUri.parse(
                                "s3://%s/pg?endpoint=%s&region=eu-far-1&credentials=env:FAR_KEYS"
                                        .formatted(FakeS3.BUCKET, s3.endpoint()));
        return S3Store.openAnywhere(
                uri, S3Settings.from(environment).elsewhere(), StoreKeys.from(environment));
    }
}
