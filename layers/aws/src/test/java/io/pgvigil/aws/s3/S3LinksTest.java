package io.pgvigil.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.store.ObjectKey;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class S3LinksTest {
    private static final ObjectKey PAGE = new ObjectKey("report/index.html");

    @Test
    void whoever_has_the_link_reads_the_page_and_is_told_that_it_is_one()
            throws IOException, InterruptedException {
        var uri = MockS3.freshUri();
        var settings = MockS3.settings(MockS3.endpoint());
        try (var store = MockS3.store(uri, MockS3.endpoint())) {
            store.put(PAGE, "<!DOCTYPE html>".getBytes(StandardCharsets.UTF_8));
        }

        var link =
                new S3Links(uri, settings, MockS3.CREDENTIALS)
                        .link(PAGE, "text/html; charset=utf-8", Duration.ofHours(1))
                        .orElseThrow();

        assertThat(link.getQuery()).contains("X-Amz-Expires=3600", "X-Amz-Signature=");
        try (var http = HttpClient.newHttpClient()) {
            var answer =
                    http.send(
                            HttpRequest.newBuilder(link).build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("<!DOCTYPE html>");
            assertThat(answer.headers().firstValue("content-type").orElse(""))
                    .startsWith("text/html");
        }
    }
}
