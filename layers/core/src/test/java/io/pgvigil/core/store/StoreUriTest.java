package io.pgvigil.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StoreUriTest {
    private static final String MINIO =
            "s3://far/pg?endpoint=https://minio.example:9000&region=eu-1&credentials=env:MINIO_KEYS";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3://bucket",
                "s3://bucket/a/b",
                "file:///var/backups",
                MINIO,
                "s3://far/pg?region=eu-west-3",
                "s3://far?credentials=profile:other-account",
                "s3://far/pg?credentials=arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys-AbC"
            })
    void what_is_read_is_written_alike(String text) {
        assertThat(StoreUri.parse(text)).hasToString(text);
    }

    @Test
    void how_it_is_reached_makes_no_other_store_of_it_and_where_it_is_does() {
        var minio = StoreUri.parse(MINIO);

        assertThat(Layout.named(minio))
                .isEqualTo(Layout.named(StoreUri.parse(MINIO.replace("MINIO_KEYS", "OTHER"))))
                .isNotEqualTo(Layout.named(StoreUri.parse("s3://far/pg")))
                .isNotEqualTo(Layout.named(StoreUri.parse(MINIO.replace("minio", "ceph"))));
        assertThat(minio.place()).isEqualTo("s3://far/pg?endpoint=https://minio.example:9000");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3://far?endpoint=minio",
                "s3://far?endpoint=https://me:hush-unmistakable@minio",
                "s3://far?secret_key=hush-unmistakable",
                "s3://far?credentials=hush-unmistakable",
                "s3://far?hush-unmistakable",
                "s3://far?region=EU",
                "s3://far?region=a1&region=b2"
            })
    void what_is_not_understood_is_refused_and_never_repeated(String text) {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> StoreUri.parse(text))
                .withMessageStartingWith("PGV-1004: ")
                .satisfies(problem -> assertThat(problem + "").doesNotContain("unmistakable"));
    }
}
