package io.pgvigil.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.aws.FakeAws;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.testkit.EventFiles;
import io.pgvigil.testkit.MotoServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;

/// A bucket with versions, as moto keeps it: what deleting leaves behind, and how it is undone.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class S3StoreOnMotoTest {
    private static final String FOLDER = "shop/orders/20261101T023000Z-l-00000001/";
    private static final List<String> NAMES =
            List.of("data.pgdump.zst", "facts.json", "manifest.json");

    private final MotoServer moto = MotoServer.start();
    private final StoreUri.S3 uri = new StoreUri.S3("backups", "pg");
    private final S3Settings settings =
            new S3Settings(
                    Optional.of(MotoServer.REGION),
                    Optional.of(moto.endpoint()),
                    true,
                    Optional.empty());
    private final S3Client client = S3Store.client(uri, settings, FakeAws.credentials());
    private final S3Store store = S3Store.open(uri, settings, FakeAws.credentials());

    S3StoreOnMotoTest() {
        client.createBucket(bucket ->
                bucket.bucket("backups")
                        .createBucketConfiguration(
                                where -> where.locationConstraint(MotoServer.REGION)));
        client.putBucketVersioning(versions ->
                versions.bucket("backups")
                        .versioningConfiguration(on -> on.status(BucketVersioningStatus.ENABLED)));
    }

    @AfterAll
    void stop() {
        store.close();
        client.close();
        moto.close();
    }

    @Test
    void a_deletion_leaves_the_version_behind_a_marker_and_the_lines_of_the_docs_undo_it()
            throws IOException, InterruptedException {
        for (var name : NAMES) store.create(new ObjectKey(FOLDER + name), bytes(name));
        var before = store.stat(new ObjectKey(FOLDER + "data.pgdump.zst")).orElseThrow();
        assertThat(before.versionId()).isPresent();

        for (var name : NAMES) store.delete(new ObjectKey(FOLDER + name));
        store.delete(new ObjectKey(FOLDER + "data.pgdump.zst"));

        assertThat(listed()).isEmpty();
        var left = client.listObjectVersions(list -> list.bucket("backups").prefix("pg/" + FOLDER));
        assertThat(left.versions()).hasSize(3);
        assertThat(left.deleteMarkers()).hasSizeGreaterThanOrEqualTo(3);

        // One of them was hidden twice.
        undo();

        assertThat(listed()).hasSize(3);
        assertThat(store.stat(before.key()).orElseThrow()).isEqualTo(before);
    }

    private List<ObjectKey> listed() {
        try (var objects = store.list(FOLDER)) {
            return objects.map(object -> object.key()).toList();
        }
    }

    /// What `docs/operations/retention.md` tells people to type.
    private void undo() throws IOException, InterruptedException {
        var page = Files.readString(EventFiles.top().resolve("docs/operations/retention.md"));
        var lines = page.split("<!-- begin undo -->\n```sh\n")[1].split("```")[0];
        var shell = new ProcessBuilder("bash", "-euo", "pipefail", "-c", lines).inheritIO();
        shell.environment().putAll(moto.environment());
        shell.environment()
                .putAll(
                        Map.of(
                                "BUCKET", "backups",
                                "PREFIX", "pg",
                                "SERVER", "shop",
                                "DATABASE", "orders",
                                "BACKUP", "20261101T023000Z-l-00000001"));
        assertThat(shell.start().waitFor()).isZero();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
