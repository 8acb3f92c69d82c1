package io.pgvigil.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.aws.FakeAws;
import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.retention.HiddenBackup;
import io.pgvigil.core.store.LockMode;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.testkit.LockingContract;
import io.pgvigil.testkit.MotoServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ObjectLockLegalHoldStatus;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// A bucket with Object Lock, as moto keeps it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class S3LocksOnMotoTest extends LockingContract {
    private final MotoServer moto = MotoServer.start();
    private final S3Client client =
            S3Store.client(new StoreUri.S3("any", ""), settings(), FakeAws.credentials());
    private int buckets;
    private StoreUri.S3 uri = new StoreUri.S3("none", "");
    private S3Store store = S3Store.open(uri, settings(), FakeAws.credentials());

    @AfterAll
    void stop() {
        client.close();
        moto.close();
    }

    @AfterEach
    void close() {
        store.close();
    }

    @BeforeEach
    void bucket() {
        uri = new StoreUri.S3("locked-" + ++buckets, "pg");
        create(uri, true);
        store = S3Store.open(uri, settings(), FakeAws.credentials());
    }

    private S3Settings settings() {
        return new S3Settings(
                Optional.of(MotoServer.REGION),
                Optional.of(moto.endpoint()),
                true,
                Optional.empty());
    }

    private void create(StoreUri.S3 uri, boolean locks) {
        client.createBucket(bucket ->
                bucket.bucket(uri.bucket())
                        .objectLockEnabledForBucket(locks)
                        .createBucketConfiguration(
                                where -> where.locationConstraint(MotoServer.REGION)));
    }

    @Override
    protected ObjectStore store() {
        return store;
    }

    @Test
    void a_bucket_without_object_lock_says_so() {
        var plain = new StoreUri.S3("plain-" + buckets, "");
        create(plain, false);
        try (var opened = S3Store.open(plain, settings(), FakeAws.credentials())) {
            assertThat(opened.locking()).isEmpty();
        }
    }

    @Test
    void a_locked_version_cannot_be_deleted_for_good() {
        var key = new ObjectKey("orders/app/x/data");
        store.create(key, bytes("data"));
        lock(key);
        var version = store.stat(key).orElseThrow().versionId().orElseThrow();

        assertThatThrownBy(() ->
                        client.deleteObject(delete ->
                                delete.bucket(uri.bucket()).key("pg/" + key).versionId(version)))
                .isInstanceOf(S3Exception.class);
        assertThat(store.stat(key)).isPresent();
    }

    @Test
    void a_legal_hold_is_seen() {
        var key = new ObjectKey("orders/app/x/data");
        store.create(key, bytes("data"));
        client.putObjectLegalHold(put ->
                put.bucket(uri.bucket())
                        .key("pg/" + key)
                        .legalHold(hold -> hold.status(ObjectLockLegalHoldStatus.ON)));

        var lock = store.locking().orElseThrow().lockOf(key);

        assertThat(lock.legalHold()).isTrue();
        assertThat(lock.obstacle(Instant.now())).contains("under legal hold");
    }

    @Test
    void the_line_that_is_told_brings_a_hidden_backup_back()
            throws IOException, InterruptedException {
        var ref =
                new BackupRef(
                        new ServerName("shop"),
                        new DatabaseName("orders"),
                        new BackupId("20261101T023000Z-l-00000001"));
        var folder = "shop/orders/" + ref.backup() + "/";
        var keys =
                List.of("data.pgdump.zst", "facts.json", "manifest.json").stream()
                        .map(name -> new ObjectKey(folder + name))
                        .toList();
        for (var key : keys) {
            store.create(key, bytes(key.name()));
            lock(key);
        }
        for (var key : keys) store.delete(key);
        // Two of them were hidden twice.
        store.delete(keys.getFirst());
        store.delete(keys.getLast());
        assertThat(store.stat(keys.getLast())).isEmpty();
        var hidden =
                store.locking()
                        .orElseThrow()
                        .hidden("shop/", key -> key.name().equals("manifest.json"))
                        .toList();

        var told = new HiddenBackup(ref, hidden.getFirst().lock()).undo(uri);
        var shell = new ProcessBuilder("bash", "-euo", "pipefail", "-c", told).inheritIO();
        shell.environment().putAll(moto.environment());
        assertThat(shell.start().waitFor()).isZero();

        for (var key : keys)
            assertThat(store.document(key).orElseThrow().content()).isEqualTo(bytes(key.name()));
        assertThat(store.locking().orElseThrow().hidden("shop/", _ -> true)).isEmpty();
    }

    private void lock(ObjectKey key) {
        store.locking()
                .orElseThrow()
                .lock(key, LockMode.GOVERNANCE, Instant.now().plus(1, ChronoUnit.DAYS));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
