package io.pgvigil.task.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.adobe.testing.s3mock.S3MockApplication;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.copy.CopyRecord;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.runtime.Stores;
import io.pgvigil.task.Progress;
import io.pgvigil.testkit.SampleBackup;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Manifests;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Into a bucket, from one to the other, and what was there before.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BackupCopyOnS3Test {
    private final S3MockApplication mock = start();
    private final ObjectStore near = open("near");
    private final ObjectStore far = open("far");

    @AfterAll
    void stop() {
        mock.stop();
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
    }

    @Test
    void from_a_directory_into_a_bucket_and_on_into_another(@TempDir Path folder) {
        var directory = new DirectoryStore(new StoreUri.Directory(folder.resolve("store")));
        var manifest = sealed(directory);

        var first = copy(directory, manifest, near);
        var second = copy(near, manifest, far);
        var again = copy(directory, manifest, far);

        assertThat(first.sent()).isEqualTo(manifest.objects().size() + 1);
        assertThat(second.sent()).isEqualTo(first.sent());
        // As if the buckets' own replication had brought it.
        assertThat(again.sent()).isZero();
        assertThat(again.to()).isEqualTo("s3://far/pg");
        assertThat(new Catalog(far).backups(Catalog.Filter.ANY)).containsExactly(manifest);
        for (var object : manifest.objects())
            assertThat(far.stat(object.key()).orElseThrow().crc32c()).contains(object.crc32c());
    }

    @Test
    void to_a_bucket_of_the_same_name_at_another_service() {
        var elsewhere = start();
        try {
            var uri =
                    StoreUri.parse(
                            "s3://near/own?endpoint=http://127.0.0.1:%d&region=far-1&credentials=env:FAR_KEYS"
                                    .formatted(elsewhere.getHttpPort()));
            var there =
                    Stores.further(
                            uri,
                            Map.of(
                                    "AWS_ENDPOINT_URL_S3",
                                    "http://127.0.0.1:" + mock.getHttpPort(),
                                    "FAR_KEYS",
                                    "far:key"));
            var here = open("far");
            var manifest = sealed(here);

            var record = copy(here, manifest, there);

            assertThat(record.sent()).isEqualTo(manifest.objects().size() + 1);
            assertThat(new Catalog(there).backups(Catalog.Filter.ANY)).containsExactly(manifest);
            assertThat(
                            new Catalog(Stores.open(uri, Map.of("FAR_KEYS", "far:key")))
                                    .backups(Catalog.Filter.ANY))
                    .containsExactly(manifest);
            // The bucket of that name here knows nothing of it.
            assertThat(
                            Stores.further(
                                            new StoreUri.S3("near", "own"),
                                            Map.of(
                                                    "AWS_ENDPOINT_URL_S3",
                                                    "http://127.0.0.1:" + mock.getHttpPort(),
                                                    "AWS_REGION",
                                                    "eu-west-1"))
                                    .stat(manifest.object("data").key()))
                    .isEmpty();
        } finally {
            elsewhere.stop();
        }
    }

    private static CopyRecord copy(ObjectStore from, Manifest manifest, ObjectStore to) {
        return new BackupCopy(from, Progress.NONE, InstantSource.system())
                .run(manifest, to, Optional.empty());
    }

    private static Manifest sealed(ObjectStore store) {
        var made = SampleBackup.storeObjects(store);
        store.create(
                Layout.of(made.server(), made.database(), made.backup(), Layout.MANIFEST),
                Manifests.bytes(made));
        return made;
    }

    private static S3MockApplication start() {
        var settings = new HashMap<String, Object>();
        settings.put(S3MockApplication.PROP_HTTP_PORT, S3MockApplication.RANDOM_PORT);
        settings.put(S3MockApplication.PROP_HTTPS_PORT, S3MockApplication.RANDOM_PORT);
        settings.put(S3MockApplication.PROP_SILENT, true);
        settings.put("com.adobe.testing.s3mock.store.initial-buckets", "near,far");
        settings.put("server.shutdown", "immediate");
        settings.put("spring.lifecycle.timeout-per-shutdown-phase", "1s");
        System.setProperty("aws.accessKeyId", "id");
        System.setProperty("aws.secretAccessKey", "key");
        return S3MockApplication.start(settings);
    }

    /// As the task opens them.
    private ObjectStore open(String bucket) {
        return Stores.further(
                new StoreUri.S3(bucket, "pg"),
                Map.of(
                        "AWS_ENDPOINT_URL_S3",
                        "http://127.0.0.1:" + mock.getHttpPort(),
                        "AWS_REGION",
                        "eu-west-1"));
    }
}
