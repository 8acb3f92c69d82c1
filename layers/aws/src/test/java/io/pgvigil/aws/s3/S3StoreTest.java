package io.pgvigil.aws.s3;

import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.testkit.FakeS3;
import io.pgvigil.testkit.ObjectStoreContract;
import org.junit.jupiter.api.AfterEach;

/// The whole contract over HTTP, against an S3 that keeps all of S3's promises.
final class S3StoreTest extends ObjectStoreContract {
    private final FakeS3 s3 = new FakeS3();
    private final StoreUri.S3 uri = new StoreUri.S3(FakeS3.BUCKET, "pg/prefix");
    private final S3Store store = MockS3.store(uri, s3.endpoint());
    private final S3Store elsewhere = MockS3.store(uri, s3.endpoint());

    @AfterEach
    void stop() {
        store.close();
        elsewhere.close();
        s3.close();
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
        // Two full parts and a bit.
        return (17 << 20) + 11;
    }

    @Override
    protected int longList() {
        return 3 * FakeS3.PAGE + 1;
    }
}
