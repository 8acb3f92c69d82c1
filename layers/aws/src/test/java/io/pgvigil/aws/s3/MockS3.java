package io.pgvigil.aws.s3;

import com.adobe.testing.s3mock.S3MockApplication;
import io.pgvigil.core.store.StoreUri;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.services.s3.S3Client;

/// An S3 in this process, started once for all tests, and stores in it.
final class MockS3 {
    static final String BUCKET = "pgvigil-test";
    static final StaticCredentialsProvider CREDENTIALS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test"));

    /// Tries as often as in production, without the waiting.
    static final Patience IMPATIENT =
            new Patience(List.of(Duration.ofMillis(5), Duration.ofMillis(5), Duration.ofMillis(5)));

    private static final class Running {
        static final URI ENDPOINT = start();

        private static URI start() {
            // It adds to the map.
            var settings = new HashMap<String, Object>();
            settings.put(S3MockApplication.PROP_HTTP_PORT, S3MockApplication.RANDOM_PORT);
            settings.put(S3MockApplication.PROP_HTTPS_PORT, S3MockApplication.RANDOM_PORT);
            settings.put(S3MockApplication.PROP_SILENT, true);
            settings.put("com.adobe.testing.s3mock.store.initial-buckets", BUCKET);
            // Otherwise the end of the tests waits for connections that nobody closes.
            settings.put("server.shutdown", "immediate");
            settings.put("spring.lifecycle.timeout-per-shutdown-phase", "1s");
            var port = S3MockApplication.start(settings).getHttpPort();
            return URI.create("http://127.0.0.1:" + port);
        }
    }

    private MockS3() {}

    static URI endpoint() {
        return Running.ENDPOINT;
    }

    static StoreUri.S3 freshUri() {
        return new StoreUri.S3(BUCKET, "pg/" + UUID.randomUUID());
    }

    static S3Settings settings(URI endpoint) {
        return new S3Settings(Optional.empty(), Optional.of(endpoint), true, Optional.empty());
    }

    static S3Store store(StoreUri.S3 uri, URI endpoint) {
        return new S3Store(uri, settings(endpoint), client(uri, endpoint), IMPATIENT);
    }

    static S3Client client(StoreUri.S3 uri, URI endpoint) {
        return S3Store.client(uri, settings(endpoint), CREDENTIALS);
    }
}
