package io.pgvigil.aws.s3;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.HiddenObject;
import io.pgvigil.core.store.LockMode;
import io.pgvigil.core.store.Locking;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectLock;
import io.pgvigil.core.store.StoreUri;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.ObjectLockLegalHoldStatus;
import software.amazon.awssdk.services.s3.model.ObjectLockMode;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// Object Lock of a bucket.
///
/// What S3 knows of an object's lock comes with `HEAD`, in one answer for the date and the legal hold:
/// to who has `s3:GetObjectRetention` and `s3:GetObjectLegalHold`. To others it says nothing, and the
/// object looks unlocked. To lock needs `s3:PutObjectRetention`, to find what is hidden
/// `s3:ListBucketVersions` and `s3:GetObjectVersion`. `s3:BypassGovernanceRetention` is never used.
final class S3Locks implements Locking {
    private final S3Client client;
    private final S3Failures failures;
    private final StoreUri.S3 uri;
    private final String prefix;

    S3Locks(S3Client client, S3Failures failures, StoreUri.S3 uri, String prefix) {
        this.client = client;
        this.failures = failures;
        this.uri = uri;
        this.prefix = prefix;
    }

    @Override
    public ObjectLock lockOf(ObjectKey key) {
        return head(key, Optional.empty())
                .map(S3Locks::lock)
                .orElseThrow(() ->
                        new Problem(
                                ErrorCode.OBJECT_MISSING,
                                "object " + key + " is not in " + uri,
                                "List the store to see what is there; was it deleted meanwhile?"));
    }

    @Override
    public void lock(ObjectKey key, LockMode mode, Instant until) {
        var known = lockOf(key);
        // S3 refuses a shorter date, but not everything that speaks its protocol does.
        if (known.covers(mode, until)) return;
        var longer = known.lengthened(mode, until).retained().orElseThrow();
        try {
            client.putObjectRetention(put ->
                    put.bucket(uri.bucket())
                            .key(prefix + key)
                            .retention(lock ->
                                    lock.mode(longer.mode().name())
                                            .retainUntilDate(longer.until())));
        } catch (SdkException e) {
            throw failures.problem(e, "lock " + key);
        }
    }

    @Override
    public Stream<HiddenObject> hidden(String below, Predicate<ObjectKey> about) {
        var hidden = new HashSet<String>();
        var newest = new LinkedHashMap<String, String>();
        var pages =
                client.listObjectVersionsPaginator(list ->
                        list.bucket(uri.bucket())
                                .prefix(prefix + below)
                                .encodingType(EncodingType.URL));
        try (var found = Pages.of(pages.iterator(), e -> failures.problem(e, "list versions"))) {
            // A marker comes before the versions that it hides, if not on an earlier page.
            found.forEach(page -> {
                page.deleteMarkers().stream()
                        .filter(marker -> marker.isLatest())
                        .forEach(marker -> hidden.add(marker.key()));
                page.versions().stream()
                        .filter(version -> hidden.contains(version.key()))
                        .forEach(version -> newest.putIfAbsent(version.key(), version.versionId()));
            });
        }
        return newest.entrySet().stream()
                .flatMap(one ->
                        ObjectKey.ifValid(one.getKey().substring(prefix.length()))
                                .filter(about)
                                .flatMap(key ->
                                        head(key, Optional.of(one.getValue()))
                                                .map(head -> new HiddenObject(key, lock(head))))
                                .stream());
    }

    private Optional<HeadObjectResponse> head(ObjectKey key, Optional<String> version) {
        var request = HeadObjectRequest.builder().bucket(uri.bucket()).key(prefix + key);
        version.ifPresent(request::versionId);
        try {
            return Optional.of(client.headObject(request.build()));
        } catch (S3Exception e) {
            if (e.statusCode() == 404 && !(e instanceof NoSuchBucketException))
                return Optional.empty();
            throw failures.problem(e, "look up the lock of " + key);
        } catch (SdkException e) {
            throw failures.problem(e, "look up the lock of " + key);
        }
    }

    private static ObjectLock lock(HeadObjectResponse head) {
        var mode = Optional.ofNullable(head.objectLockMode());
        var until = Optional.ofNullable(head.objectLockRetainUntilDate());
        return new ObjectLock(
                mode.flatMap(known ->
                        until.map(end ->
                                new ObjectLock.Retained(
                                        known == ObjectLockMode.COMPLIANCE
                                                ? LockMode.COMPLIANCE
                                                : LockMode.GOVERNANCE,
                                        end))),
                head.objectLockLegalHoldStatus() == ObjectLockLegalHoldStatus.ON);
    }
}
