package io.pgvigil.aws.s3;

import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.testkit.ObjectStoreContract;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.testcontainers.localstack.LocalStackContainer;
import org.testcontainers.utility.DockerImageName;

/// The contract against LocalStack in a container.
///
/// Needs a container engine, and fails without one: it is left out of an ordinary build, so that
/// green never means that it was skipped. Run it with
///
/// ```
/// mvn -Plocalstack -pl layers/aws -am verify
/// ```
///
/// `PGVIGIL_LOCALSTACK_IMAGE` (environment or system property) names another image than
/// `localstack/localstack:4.14.0`, the last one that needs no token; `LOCALSTACK_AUTH_TOKEN` is handed
/// on for those that do. `.ci/containers start` prints what reaches the engine when that is podman.
@Tag("localstack")
final class S3StoreOnLocalStackTest extends ObjectStoreContract {
    private static final String IMAGE = "PGVIGIL_LOCALSTACK_IMAGE";
    private static final String TOKEN = "LOCALSTACK_AUTH_TOKEN";
    private static final LocalStackContainer LOCALSTACK =
            new LocalStackContainer(
                            DockerImageName.parse(image())
                                    .asCompatibleSubstituteFor("localstack/localstack"))
                    .withServices("s3")
                    .withEnv(token());

    private final StoreUri.S3 uri = new StoreUri.S3(MockS3.BUCKET, "pg/" + UUID.randomUUID());
    private final S3Store store = MockS3.store(uri, LOCALSTACK.getEndpoint());
    private final S3Store elsewhere = MockS3.store(uri, LOCALSTACK.getEndpoint());

    private static String image() {
        return Optional.ofNullable(System.getProperty(IMAGE))
                .or(() -> Optional.ofNullable(System.getenv(IMAGE)))
                .orElse("localstack/localstack:4.14.0");
    }

    private static Map<String, String> token() {
        return Optional.ofNullable(System.getenv(TOKEN))
                .map(token -> Map.of(TOKEN, token))
                .orElse(Map.of());
    }

    @BeforeAll
    static void start() {
        LOCALSTACK.start();
        URI endpoint = LOCALSTACK.getEndpoint();
        try (var client = MockS3.client(new StoreUri.S3(MockS3.BUCKET, ""), endpoint)) {
            client.createBucket(bucket -> bucket.bucket(MockS3.BUCKET));
        }
    }

    @AfterAll
    static void stopContainer() {
        LOCALSTACK.stop();
    }

    @AfterEach
    void stop() {
        store.close();
        elsewhere.close();
    }

    @Override
    protected ObjectStore store() {
        return store;
    }

    @Override
    protected ObjectStore sameStoreElsewhere() {
        return elsewhere;
    }

    @Override
    protected int severalParts() {
        return (17 << 20) + 11;
    }
}
