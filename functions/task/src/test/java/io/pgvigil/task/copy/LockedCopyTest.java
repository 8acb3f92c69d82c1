package io.pgvigil.task.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.copy.CopyRecord;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Locked;
import io.pgvigil.core.run.SealLock;
import io.pgvigil.core.store.HiddenObject;
import io.pgvigil.core.store.LockMode;
import io.pgvigil.core.store.Locking;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectLock;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.runtime.Stores;
import io.pgvigil.task.Progress;
import io.pgvigil.testkit.ForwardingObjectStore;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.MotoServer;
import io.pgvigil.testkit.SampleBackup;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Manifests;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A copy is locked when it arrives, not when retention comes by.
final class LockedCopyTest {
    private static final SealLock LOCK = new SealLock(LockMode.GOVERNANCE, Duration.ofDays(5));

    private final InMemoryObjectStore from = new InMemoryObjectStore();
    private final Manifest manifest = sealed();
    private final Instant now = manifest.finished().plus(Duration.ofHours(1));
    private final Instant end = seconds(manifest.finished().plus(Duration.ofDays(5)));

    @Test
    void every_object_of_it_as_long_as_what_is_kept_there() {
        var to = new InMemoryObjectStore().lockable();

        var record = copy(to, now);

        assertEveryObjectIsLocked(to, LockMode.GOVERNANCE, end);
        assertThat(record.locked())
                .contains(new Locked(LockMode.GOVERNANCE, end, Optional.empty()));
    }

    @Test
    void in_a_directory(@TempDir Path folder) throws IOException {
        // Its locks end by its own clock.
        var to = new DirectoryStore(new StoreUri.Directory(folder.resolve("copy")), () -> now);

        copy(to, now);

        assertEveryObjectIsLocked(to, LockMode.GOVERNANCE, end);
        assertThat(Files.getPosixFilePermissions(to.file(manifest.object("data").key())))
                .doesNotContain(PosixFilePermission.OWNER_WRITE);
        assertThatThrownBy(() -> to.delete(manifest.object("data").key()))
                .hasMessageContaining("is locked until");
    }

    @Test
    void in_a_bucket_with_object_lock() throws Exception {
        try (var moto = MotoServer.start()) {
            bucket(moto, "locked", true);
            bucket(moto, "plain", false);
            // Where the protocol is real, so is the time.
            var lock = lasting(Duration.between(manifest.finished(), Instant.now()).plusDays(5));
            var until = seconds(manifest.finished().plus(lock.length()));

            var locked = open(moto, "locked");
            var record =
                    new BackupCopy(from, Progress.NONE, Instant::now)
                            .run(manifest, locked, Optional.of(lock));
            assertEveryObjectIsLocked(locked, LockMode.COMPLIANCE, until);
            assertThat(record.locked().orElseThrow().failure()).isEmpty();

            var plain =
                    new BackupCopy(from, Progress.NONE, Instant::now)
                            .run(manifest, open(moto, "plain"), Optional.of(lock));
            assertThat(plain.locked().orElseThrow().failure().orElseThrow().code())
                    .isEqualTo("PGV-3015");
        }
    }

    @Test
    void what_arrives_after_its_first_lock_would_have_ended_is_locked_for_a_week() {
        var to = new InMemoryObjectStore().lockable();
        var late = manifest.finished().plus(Duration.ofDays(60));

        copy(to, late);

        assertEveryObjectIsLocked(to, LockMode.GOVERNANCE, seconds(late.plus(Duration.ofDays(7))));
    }

    @Test
    void what_replication_brought_is_locked_too_and_a_longer_lock_stays() {
        var to = new InMemoryObjectStore().lockable();
        copier(now).run(manifest, to, Optional.empty());
        var longer = end.plus(Duration.ofDays(300));
        var first = manifest.object("data").key();
        to.locking().orElseThrow().lock(first, LockMode.COMPLIANCE, longer);

        assertThat(copy(to, now).sent()).isZero();

        var locking = to.locking().orElseThrow();
        assertThat(locking.lockOf(first)).isEqualTo(ObjectLock.until(LockMode.COMPLIANCE, longer));
        assertThat(locking.lockOf(manifestKey()))
                .isEqualTo(ObjectLock.until(LockMode.GOVERNANCE, end));
    }

    @Test
    void without_a_lock_in_its_profile_nothing_is_locked() {
        var to = new InMemoryObjectStore().lockable();

        var record = copier(now).run(manifest, to, Optional.empty());

        assertThat(record.locked()).isEmpty();
        assertThat(to.locking().orElseThrow().lockOf(manifestKey())).isEqualTo(ObjectLock.NONE);
    }

    @Test
    void a_store_that_cannot_lock_has_its_copy_all_the_same_and_it_is_said() {
        var to = new InMemoryObjectStore();

        var record = copy(to, now);

        assertThat(new Catalog(to).backups(Catalog.Filter.ANY)).containsExactly(manifest);
        assertThat(record.locked().orElseThrow() + "")
                .startsWith("not locked: PGV-3015: the profile asks for a lock");
    }

    @Test
    void a_store_that_stops_answering_while_it_locks_is_told_again_by_the_next_run() {
        var to = new InMemoryObjectStore().lockable();

        assertThatThrownBy(() -> copy(new Unlocking(to), now)).hasMessageContaining("PGV-3001");
        assertThat(to.locking().orElseThrow().lockOf(manifestKey())).isEqualTo(ObjectLock.NONE);

        assertThat(copy(to, now).sent()).isZero();
        assertEveryObjectIsLocked(to, LockMode.GOVERNANCE, end);
    }

    /// Answers no call that is about a lock.
    private static final class Unlocking extends ForwardingObjectStore {
        private Unlocking(ObjectStore store) {
            super(store);
        }

        @Override
        public Optional<Locking> locking() {
            return Optional.of(
                    new Locking() {
                        @Override
                        public ObjectLock lockOf(ObjectKey key) {
                            throw away();
                        }

                        @Override
                        public void lock(ObjectKey key, LockMode mode, Instant until) {
                            throw away();
                        }

                        @Override
                        public Stream<HiddenObject> hidden(
                                String prefix, Predicate<ObjectKey> about) {
                            throw away();
                        }
                    });
        }

        private static Problem away() {
            return new Problem(ErrorCode.STORE_UNREACHABLE, "no answer", "Try again.", true, null);
        }
    }

    private CopyRecord copy(ObjectStore to, Instant at) {
        return copier(at).run(manifest, to, Optional.of(LOCK));
    }

    private BackupCopy copier(Instant at) {
        return new BackupCopy(from, Progress.NONE, () -> at);
    }

    private void assertEveryObjectIsLocked(ObjectStore store, LockMode mode, Instant until) {
        var locking = store.locking().orElseThrow();
        for (var object : manifest.objects())
            assertThat(locking.lockOf(object.key()))
                    .as(object.key() + "")
                    .isEqualTo(ObjectLock.until(mode, until));
        assertThat(locking.lockOf(manifestKey())).isEqualTo(ObjectLock.until(mode, until));
    }

    private ObjectKey manifestKey() {
        return Layout.of(
                manifest.server(), manifest.database(), manifest.backup(), Layout.MANIFEST);
    }

    private Manifest sealed() {
        var made = SampleBackup.storeObjects(from);
        from.create(
                Layout.of(made.server(), made.database(), made.backup(), Layout.MANIFEST),
                Manifests.bytes(made));
        return made;
    }

    private static SealLock lasting(Duration length) {
        return new SealLock(LockMode.COMPLIANCE, length);
    }

    private static Instant seconds(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS);
    }

    private static ObjectStore open(MotoServer moto, String bucket) {
        return Stores.further(
                StoreUri.parse(
                        "s3://%s/pg?endpoint=%s&region=%s&credentials=env:KEYS"
                                .formatted(bucket, moto.endpoint(), MotoServer.REGION)),
                Map.of("KEYS", "test:test"));
    }

    private static void bucket(MotoServer moto, String name, boolean locks) throws Exception {
        var made =
                HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(URI.create(moto.endpoint() + "/" + name))
                                        .header("x-amz-bucket-object-lock-enabled", locks + "")
                                        .PUT(
                                                HttpRequest.BodyPublishers.ofString(
                                                        "<CreateBucketConfiguration><LocationConstraint>"
                                                                + MotoServer.REGION
                                                                + "</LocationConstraint></CreateBucketConfiguration>"))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString());
        assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
    }
}
