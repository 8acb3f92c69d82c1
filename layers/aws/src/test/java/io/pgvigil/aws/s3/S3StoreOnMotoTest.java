package io.pgvigil.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.aws.FakeAws;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.Access;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.RetrievalSpeed;
import io.pgvigil.core.store.StorageClass;
import io.pgvigil.core.store.StoreRules;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.testkit.EventFiles;
import io.pgvigil.testkit.MotoServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.LifecycleRule;
import software.amazon.awssdk.services.s3.model.Tag;

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

    @Test
    void a_class_is_assigned_by_tags_that_leave_the_object_and_other_tags_alone() {
        var key = new ObjectKey("shop/tagged/data.pgdump.zst");
        store.create(key, bytes("data"));
        var before = store.stat(key).orElseThrow();
        client.putObjectTagging(put ->
                put.bucket("backups")
                        .key("pg/" + key)
                        .tagging(
                                tags -> tags.tagSet(Tag.builder().key("team").value("a").build())));

        store.assign(key, "weekly", StorageClass.STANDARD_IA);
        store.assign(key, "monthly", StorageClass.GLACIER_IR);

        assertThat(client.getObjectTagging(get -> get.bucket("backups").key("pg/" + key)).tagSet())
                .extracting(tag -> tag.key() + "=" + tag.value())
                .containsExactlyInAnyOrder(
                        "team=a", "pgvigil:tier=monthly", "pgvigil:class=GLACIER_IR");
        assertThat(store.stat(key).orElseThrow()).isEqualTo(before);
    }

    @Test
    void the_class_of_an_object_is_listed() {
        var key = new ObjectKey("shop/classes/data.pgdump.zst");
        client.putObject(
                put -> put.bucket("backups").key("pg/" + key).storageClass("GLACIER_IR"),
                RequestBody.fromString("data"));
        store.create(new ObjectKey("shop/classes/facts.json"), bytes("{}"));

        try (var objects = store.list("shop/classes/")) {
            assertThat(objects.map(object -> object.storageClass().orElseThrow()))
                    .containsExactly(StorageClass.GLACIER_IR, StorageClass.STANDARD);
        }
        assertThat(store.stat(key).orElseThrow().storageClass()).contains(StorageClass.GLACIER_IR);
    }

    @Test
    void what_is_archived_is_brought_back_before_it_can_be_read() throws IOException {
        var key = new ObjectKey("shop/archived/data.pgdump.zst");
        client.putObject(
                put -> put.bucket("backups").key("pg/" + key).storageClass("DEEP_ARCHIVE"),
                RequestBody.fromString("data"));
        assertThat(store.access(key)).isEqualTo(Access.ARCHIVED);
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> store.read(key))
                .withMessageContaining("--retrieve");

        store.retrieve(key, RetrievalSpeed.BULK, Duration.ofDays(5));
        store.retrieve(key, RetrievalSpeed.BULK, Duration.ofDays(5));

        // moto needs no hours.
        assertThat(store.access(key)).isEqualTo(Access.AT_ONCE);
        try (var in = store.read(key)) {
            assertThat(in.readAllBytes()).isEqualTo(bytes("data"));
        }
    }

    @Test
    void the_rules_of_a_bucket_are_read_as_they_are_written() {
        assertThat(store.rules()).contains(new StoreRules(List.of()));

        client.putBucketLifecycleConfiguration(put ->
                put.bucket("backups")
                        .lifecycleConfiguration(rules ->
                                rules.rules(
                                        LifecycleRule.builder()
                                                .id("old")
                                                .status("Enabled")
                                                .filter(all -> all.prefix(""))
                                                .noncurrentVersionExpiration(
                                                        days -> days.noncurrentDays(30))
                                                .abortIncompleteMultipartUpload(
                                                        days -> days.daysAfterInitiation(7))
                                                .build(),
                                        LifecycleRule.builder()
                                                .id("ir")
                                                .status("Enabled")
                                                .filter(which ->
                                                        which.and(both ->
                                                                both.prefix("pg/")
                                                                        .tags(
                                                                                Tag.builder()
                                                                                        .key(
                                                                                                "pgvigil:class")
                                                                                        .value(
                                                                                                "GLACIER_IR")
                                                                                        .build())))
                                                .transitions(
                                                        to -> to.days(0).storageClass("GLACIER_IR"))
                                                .build(),
                                        LifecycleRule.builder()
                                                .id("off")
                                                .status("Disabled")
                                                .filter(all -> all.prefix("pg/"))
                                                .expiration(days -> days.days(1))
                                                .build())));

        assertThat(store.rules().orElseThrow().rules())
                .containsExactlyInAnyOrder(
                        new StoreRules.Rule(
                                "old",
                                "",
                                Map.of(),
                                Map.of(),
                                Optional.empty(),
                                Optional.of(30),
                                Optional.of(7)),
                        new StoreRules.Rule(
                                "ir",
                                "pg/",
                                Map.of("pgvigil:class", "GLACIER_IR"),
                                Map.of(StorageClass.GLACIER_IR, 0),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty()));
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
