package io.pgvigil.aws.s3;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.StoreRulesCheck;
import io.pgvigil.core.store.Access;
import io.pgvigil.core.store.ByteRange;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.Locking;
import io.pgvigil.core.store.ObjectChecksum;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.ObjectUpload;
import io.pgvigil.core.store.PendingUpload;
import io.pgvigil.core.store.RetrievalSpeed;
import io.pgvigil.core.store.StorageClass;
import io.pgvigil.core.store.StoreRules;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.core.store.VerifiedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.retry.RetryMode;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.ObjectLockEnabled;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;
import software.amazon.awssdk.services.s3.model.Tag;
import software.amazon.awssdk.services.s3.model.Tier;

/// A store in S3, or in what speaks its protocol including conditional writes.
///
/// - Every object carries a CRC-32C of the whole, which S3 computes itself and compares with ours.
/// - The token of a document is its ETag.
/// - An answer that was lost does not change the outcome: each write carries an id in the object's
///   metadata, and a write that seems to have lost against an object with its own id has won.
/// - Needs `s3:GetObject`, `s3:ListBucket`, `s3:ListBucketMultipartUploads`; to write
///   `s3:PutObject`, `s3:AbortMultipartUpload`; to delete `s3:DeleteObject`, never
///   `s3:DeleteObjectVersion`; to assign storage classes `s3:GetObjectTagging`,
///   `s3:PutObjectTagging`, `s3:GetLifecycleConfiguration`; to bring back what is archived
///   `s3:RestoreObject`; for locks `s3:GetBucketObjectLockConfiguration`
///   and what [S3Locks] says; with a KMS key `kms:GenerateDataKey` and `kms:Decrypt`.
public final class S3Store implements ObjectStore, AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    /// The longest silence on a connection.
    private static final Duration SILENCE_TIMEOUT = Duration.ofSeconds(60);

    /// The longest time for one attempt of a call that moves no more than a document.
    private static final Duration ATTEMPT_TIMEOUT = Duration.ofMinutes(3);

    private static final int MAXIMUM_CONNECTIONS = 64;

    /// How often to try again when S3 says that two conditional writes met (409).
    private static final int CONFLICT_ATTEMPTS = 8;

    private static final Duration CONFLICT_PAUSE = Duration.ofMillis(50);

    private static final String WRITE_ID = "pgvigil-write";

    private final StoreUri.S3 uri;
    private final S3Settings settings;
    private final S3Client client;
    private final S3Failures failures;
    private final Patience patience;
    private final String prefix;
    private final Chunks chunks = new Chunks();

    S3Store(StoreUri.S3 uri, S3Settings settings, S3Client client, Patience patience) {
        this.uri = uri;
        this.settings = settings;
        this.client = client;
        this.failures = new S3Failures(uri, settings);
        this.patience = patience;
        this.prefix = uri.prefix().isEmpty() ? "" : uri.prefix() + "/";
    }

    /// With the keys that its address names, else the credentials that the SDK finds: role of the task or
    /// function, environment, profile.
    public static S3Store open(StoreUri.S3 uri, S3Settings settings, StoreKeys keys) {
        return open(uri, settings.at(uri.service()), keys.of(uri.service()));
    }

    public static S3Store open(
            StoreUri.S3 uri, S3Settings settings, AwsCredentialsProvider credentials) {
        return new S3Store(uri, settings, client(uri, settings, credentials), Patience.STANDARD);
    }

    /// A bucket in whichever region it is.
    public static S3Store openAnywhere(StoreUri.S3 uri, S3Settings settings, StoreKeys keys) {
        var there = settings.at(uri.service());
        return new S3Store(
                uri,
                there,
                client(uri, there, keys.of(uri.service()), true, S3Store::http),
                Patience.STANDARD);
    }

    static S3Client client(
            StoreUri.S3 uri, S3Settings settings, AwsCredentialsProvider credentials) {
        return client(uri, settings, credentials, false, S3Store::http);
    }

    private static void http(S3ClientBuilder client) {
        client.httpClientBuilder(
                StoppableHttp.of(
                        Apache5HttpClient.builder()
                                .maxConnections(MAXIMUM_CONNECTIONS)
                                .connectionTimeout(CONNECT_TIMEOUT)
                                .connectionAcquisitionTimeout(SILENCE_TIMEOUT)
                                .socketTimeout(SILENCE_TIMEOUT)));
    }

    static S3Client client(
            StoreUri.S3 uri,
            S3Settings settings,
            AwsCredentialsProvider credentials,
            boolean anyRegion,
            Consumer<S3ClientBuilder> http) {
        var builder =
                S3Client.builder()
                        .credentialsProvider(credentials)
                        .forcePathStyle(settings.pathStyle())
                        .crossRegionAccessEnabled(anyRegion)
                        // Parts lie in memory and are read twice where the payload must be signed;
                        // the chunked form would be a third format for other stores to know.
                        .serviceConfiguration(s3 -> s3.chunkedEncodingEnabled(false))
                        // We name CRC-32C for every write and check every read ourselves, also
                        // across resumed connections; other stores know no other checksums.
                        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                        .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                        .overrideConfiguration(overrides ->
                                overrides
                                        .retryStrategy(RetryMode.STANDARD)
                                        .apiCallAttemptTimeout(ATTEMPT_TIMEOUT));
        http.accept(builder);
        settings.endpoint().ifPresent(builder::endpointOverride);
        settings.region()
                // What is not AWS has no regions, but the signature wants one.
                .or(() -> settings.endpoint().map(URI::getScheme).map(_ -> "us-east-1"))
                .map(Region::of)
                .ifPresent(builder::region);
        try {
            return builder.build();
        } catch (SdkException e) {
            throw new S3Failures(uri, settings).problem(e, "open the store");
        }
    }

    @Override
    public StoreUri uri() {
        return uri;
    }

    @Override
    public void close() {
        client.close();
    }

    // Reading

    @Override
    public Optional<StoredObject> stat(ObjectKey key) {
        return head(key).map(head -> stored(key, head));
    }

    Optional<HeadObjectResponse> head(ObjectKey key) {
        try {
            return Optional.of(
                    client.headObject(head ->
                            head.bucket(uri.bucket())
                                    .key(name(key))
                                    .checksumMode(ChecksumMode.ENABLED)));
        } catch (S3Exception e) {
            if (e.statusCode() == 404 && !(e instanceof NoSuchBucketException))
                return Optional.empty();
            throw failures.problem(e, "look up " + key);
        } catch (SdkException e) {
            throw failures.problem(e, "look up " + key);
        }
    }

    @Override
    public Access access(ObjectKey key) {
        var head = head(key).orElseThrow(() -> missing(key));
        if (storageClass(head.storageClassAsString()).map(StorageClass::readable).orElse(true))
            return Access.AT_ONCE;
        // Its form: ongoing-request="false", expiry-date="Fri, 21 Dec 2026 00:00:00 GMT"
        var copy = head.restore();
        if (copy == null) return Access.ARCHIVED;
        return copy.contains("ongoing-request=\"true\"") ? Access.COMING : Access.AT_ONCE;
    }

    private static StoredObject stored(ObjectKey key, HeadObjectResponse head) {
        return new StoredObject(
                key,
                head.contentLength(),
                head.lastModified(),
                hex(head.checksumCRC32C()),
                Optional.ofNullable(head.versionId()),
                storageClass(head.storageClassAsString()));
    }

    @Override
    public Optional<Document> document(ObjectKey key) {
        var got = get(key, Optional.empty(), Optional.empty());
        if (got.isEmpty()) return Optional.empty();
        var answer = got.get().response();
        if (answer.contentLength() > DOCUMENT_LIMIT) {
            got.get().abort();
            throw new Problem(
                    ErrorCode.DOCUMENT_INVALID,
                    "object "
                            + key
                            + " is too large for a document: "
                            + answer.contentLength()
                            + " bytes",
                    "Documents have at most " + DOCUMENT_LIMIT + " bytes; is this another object?");
        }
        try (var in = whole(key, got.get())) {
            return Optional.of(new Document(key, in.readAllBytes(), answer.eTag()));
        } catch (IOException e) {
            throw new Problem(
                    ErrorCode.STORE_UNREACHABLE,
                    "could not read " + key + " in " + uri + ": " + e.getMessage(),
                    "Check the network and try again.",
                    true,
                    e);
        }
    }

    @Override
    public InputStream read(ObjectKey key) {
        return whole(
                key, get(key, Optional.empty(), Optional.empty()).orElseThrow(() -> missing(key)));
    }

    private InputStream whole(ObjectKey key, ResponseInputStream<GetObjectResponse> in) {
        var answer = in.response();
        return new VerifiedInputStream(
                resuming(key, in, 0, answer.contentLength()),
                key,
                answer.contentLength(),
                hex(answer.checksumCRC32C()));
    }

    @Override
    public InputStream read(ObjectKey key, ByteRange range) {
        var in = get(key, Optional.of(range), Optional.empty()).orElseThrow(() -> missing(key));
        if (in.response().contentLength() != range.length()) {
            in.abort();
            throw tooShort(key, range);
        }
        return resuming(key, in, range.offset(), range.end());
    }

    private InputStream resuming(
            ObjectKey key, ResponseInputStream<GetObjectResponse> in, long from, long to) {
        var state = Optional.of(in.response().eTag());
        return new S3InputStream(
                in,
                from,
                to,
                (position, end) ->
                        get(key, Optional.of(new ByteRange(position, end - position)), state)
                                .orElseThrow(() -> missing(key)),
                patience);
    }

    /// @param state the ETag that the object must still have
    private Optional<ResponseInputStream<GetObjectResponse>> get(
            ObjectKey key, Optional<ByteRange> range, Optional<String> state) {
        var request =
                GetObjectRequest.builder()
                        .bucket(uri.bucket())
                        .key(name(key))
                        // As a header and not as the SDK's option, which would also make the SDK
                        // check, and fail in its own words, where the connection was never resumed.
                        .overrideConfiguration(
                                overrides -> overrides.putHeader("x-amz-checksum-mode", "ENABLED"));
        range.ifPresent(r -> request.range("bytes=" + r.offset() + "-" + (r.end() - 1)));
        state.ifPresent(request::ifMatch);
        try {
            return Optional.of(client.getObject(request.build()));
        } catch (S3Exception e) {
            if (e.statusCode() == 404 && !(e instanceof NoSuchBucketException))
                return Optional.empty();
            if (e.statusCode() == 416 && range.isPresent()) throw tooShort(key, range.get());
            if (e.statusCode() == 412)
                throw new Problem(
                        ErrorCode.STORE_FAILED,
                        "object " + key + " in " + uri + " was replaced while it was being read",
                        "Read it again from the start.",
                        true,
                        e);
            throw failures.problem(e, "read " + key);
        } catch (SdkException e) {
            throw failures.problem(e, "read " + key);
        }
    }

    private Problem missing(ObjectKey key) {
        return new Problem(
                ErrorCode.OBJECT_MISSING,
                "object " + key + " is not in " + uri,
                "List the store to see what is there; was it deleted meanwhile?");
    }

    private Problem tooShort(ObjectKey key, ByteRange range) {
        return new Problem(
                ErrorCode.OBJECT_DAMAGED,
                "object " + key + " in " + uri + " ends before byte " + range.end(),
                "Restore from another backup or copy.");
    }

    @Override
    public Stream<StoredObject> list(String prefix) {
        return objects(prefix, list -> {});
    }

    @Override
    public Stream<StoredObject> list(String prefix, String after) {
        return objects(prefix, list -> list.startAfter(this.prefix + after));
    }

    @Override
    public List<String> folders(String prefix) {
        var whole = this.prefix + prefix;
        var pages =
                client.listObjectsV2Paginator(list ->
                        list.bucket(uri.bucket())
                                .prefix(whole)
                                .delimiter("/")
                                .encodingType(EncodingType.URL));
        try (var found = Pages.of(pages.iterator(), e -> failures.problem(e, "list folders"))) {
            return found.flatMap(page -> page.commonPrefixes().stream())
                    .map(folder ->
                            folder.prefix().substring(whole.length(), folder.prefix().length() - 1))
                    .toList();
        }
    }

    private Stream<StoredObject> objects(
            String prefix, Consumer<ListObjectsV2Request.Builder> more) {
        var pages =
                client.listObjectsV2Paginator(list ->
                        list.bucket(uri.bucket())
                                .prefix(this.prefix + prefix)
                                .encodingType(EncodingType.URL)
                                .applyMutation(more));
        return Pages.of(pages.iterator(), e -> failures.problem(e, "list objects"))
                .flatMap(page -> page.contents().stream())
                .flatMap(object ->
                        key(object.key()).stream()
                                .map(key ->
                                        new StoredObject(
                                                key,
                                                object.size(),
                                                object.lastModified(),
                                                Optional.empty(),
                                                Optional.empty(),
                                                storageClass(object.storageClassAsString()))));
    }

    /// Of an object in STANDARD, S3 says nothing.
    private static Optional<StorageClass> storageClass(@Nullable String name) {
        return name == null ? Optional.of(StorageClass.STANDARD) : StorageClass.find(name);
    }

    @Override
    public Stream<PendingUpload> pendingUploads(String prefix) {
        var pages =
                client.listMultipartUploadsPaginator(list ->
                        list.bucket(uri.bucket())
                                .prefix(this.prefix + prefix)
                                .encodingType(EncodingType.URL));
        return Pages.of(pages.iterator(), e -> failures.problem(e, "list uploads"))
                .flatMap(page -> page.uploads().stream())
                .flatMap(upload ->
                        key(upload.key()).stream()
                                .map(key ->
                                        new PendingUpload(
                                                key, upload.uploadId(), upload.initiated())));
    }

    // Writing

    @Override
    public boolean create(ObjectKey key, byte[] content) {
        refuseTooLarge(key, content);
        var id = writeId();
        var request = write(key, content.length, ObjectChecksum.of(content), id).ifNoneMatch("*");
        return putIf(key, request.build(), RequestBody.fromBytes(content), id);
    }

    @Override
    public boolean replace(ObjectKey key, byte[] content, String token) {
        refuseTooLarge(key, content);
        var id = writeId();
        var request = write(key, content.length, ObjectChecksum.of(content), id).ifMatch(token);
        return putIf(key, request.build(), RequestBody.fromBytes(content), id);
    }

    @Override
    public void put(ObjectKey key, byte[] content) {
        refuseTooLarge(key, content);
        var request = write(key, content.length, ObjectChecksum.of(content), writeId());
        try {
            client.putObject(request.build(), RequestBody.fromBytes(content));
        } catch (SdkException e) {
            throw failures.problem(e, "write " + key);
        }
    }

    @Override
    public ObjectUpload upload(ObjectKey key) {
        // S3 would say so only at the end, hours later.
        if (head(key).isPresent()) throw exists(key);
        return new S3Upload(this, key, writeId(), chunks);
    }

    @Override
    public void delete(ObjectKey key) {
        try {
            // No version is named: in a bucket with versions that leaves a delete marker, which can
            // be
            // undone.
            client.deleteObject(delete -> delete.bucket(uri.bucket()).key(name(key)));
        } catch (S3Exception e) {
            // Some stores do not follow S3 here.
            if (e.statusCode() != 404 || e instanceof NoSuchBucketException)
                throw failures.problem(e, "delete " + key);
        } catch (SdkException e) {
            throw failures.problem(e, "delete " + key);
        }
    }

    /// As tags, by which rules of the bucket move objects: an object is never copied onto itself, which
    /// would make a new version and need the right to write data.
    @Override
    public void assign(ObjectKey key, String tier, StorageClass to) {
        var tags = new TreeMap<String, String>();
        try {
            client.getObjectTagging(get -> get.bucket(uri.bucket()).key(name(key)))
                    .tagSet()
                    .forEach(tag -> tags.put(tag.key(), tag.value()));
            tags.put(StoreRulesCheck.TIER_TAG, tier);
            tags.put(StoreRulesCheck.CLASS_TAG, to.name());
            var set =
                    tags.entrySet().stream()
                            .map(one ->
                                    Tag.builder().key(one.getKey()).value(one.getValue()).build())
                            .toList();
            client.putObjectTagging(
                    put -> put.bucket(uri.bucket()).key(name(key)).tagging(all -> all.tagSet(set)));
        } catch (SdkException e) {
            throw failures.problem(e, "tag " + key);
        }
    }

    @Override
    public void retrieve(ObjectKey key, RetrievalSpeed speed, Duration kept) {
        try {
            client.restoreObject(restore ->
                    restore.bucket(uri.bucket())
                            .key(name(key))
                            .restoreRequest(request ->
                                    request.days(Math.toIntExact(kept.toDays()))
                                            .glacierJobParameters(job -> job.tier(tier(speed)))));
        } catch (S3Exception e) {
            if (!S3Failures.code(e).equals("RestoreAlreadyInProgress"))
                throw failures.problem(e, "bring back " + key);
        } catch (SdkException e) {
            throw failures.problem(e, "bring back " + key);
        }
    }

    private static Tier tier(RetrievalSpeed speed) {
        return switch (speed) {
            case EXPEDITED -> Tier.EXPEDITED;
            case STANDARD -> Tier.STANDARD;
            case BULK -> Tier.BULK;
        };
    }

    @Override
    public Optional<StoreRules> rules() {
        try {
            return Optional.of(
                    LifecycleRules.of(
                            client.getBucketLifecycleConfiguration(get -> get.bucket(uri.bucket()))
                                    .rules()));
        } catch (S3Exception e) {
            var code = S3Failures.code(e);
            if (code.equals("NoSuchLifecycleConfiguration"))
                return Optional.of(new StoreRules(List.of()));
            // Other stores that speak S3 have none.
            if (e.statusCode() == 501 || code.equals("NotImplemented")) return Optional.empty();
            throw failures.problem(e, "read the lifecycle rules");
        } catch (SdkException e) {
            throw failures.problem(e, "read the lifecycle rules");
        }
    }

    @Override
    public Optional<Locking> locking() {
        try {
            var state =
                    client.getObjectLockConfiguration(get -> get.bucket(uri.bucket()))
                            .objectLockConfiguration();
            return state != null && state.objectLockEnabled() == ObjectLockEnabled.ENABLED
                    ? Optional.of(new S3Locks(client, failures, uri, prefix))
                    : Optional.empty();
        } catch (S3Exception e) {
            // No Object Lock, or a store that has no such thing.
            if (e.statusCode() == 404 && !(e instanceof NoSuchBucketException)
                    || e.statusCode() == 501
                    || S3Failures.code(e).equals("NotImplemented")) return Optional.empty();
            throw failures.problem(e, "look whether objects can be locked");
        } catch (SdkException e) {
            throw failures.problem(e, "look whether objects can be locked");
        }
    }

    @Override
    public void abort(PendingUpload upload) {
        abort(upload.key(), upload.id());
    }

    void abort(ObjectKey key, String uploadId) {
        try {
            client.abortMultipartUpload(
                    abort -> abort.bucket(uri.bucket()).key(name(key)).uploadId(uploadId));
        } catch (S3Exception e) {
            if (e.statusCode() != 404 || e instanceof NoSuchBucketException)
                throw failures.problem(e, "abort the upload of " + key);
        } catch (SdkException e) {
            throw failures.problem(e, "abort the upload of " + key);
        }
    }

    /// A conditional put that knows its own work again. False when the condition does not hold.
    boolean putIf(ObjectKey key, PutObjectRequest request, RequestBody body, String id) {
        for (var attempt = 1; ; attempt++)
            try {
                client.putObject(request, body);
                return true;
            } catch (S3Exception e) {
                var conflict = e.statusCode() == 409;
                var failed =
                        e.statusCode() == 412
                                || (e.statusCode() == 404
                                        && request.ifMatch() != null
                                        && !(e instanceof NoSuchBucketException));
                // A first attempt may have been stored and its answer lost; the SDK then tried
                // again and met the object it had written itself.
                if (failed) return isOurs(key, id);
                if (conflict && attempt < CONFLICT_ATTEMPTS)
                    Patience.sleep(CONFLICT_PAUSE.multipliedBy(attempt));
                else if (isOursAfter(e, key, id)) return true;
                else throw failures.problem(e, "write " + key);
            } catch (SdkException e) {
                if (isOursAfter(e, key, id)) return true;
                throw failures.problem(e, "write " + key);
            }
    }

    private boolean isOursAfter(SdkException e, ObjectKey key, String id) {
        try {
            return isOurs(key, id);
        } catch (Problem stillUnknown) {
            e.addSuppressed(stillUnknown);
            return false;
        }
    }

    /// Whether the object is there because of the write with this id.
    boolean isOurs(ObjectKey key, String id) {
        return head(key).map(head -> id.equals(head.metadata().get(WRITE_ID))).orElse(false);
    }

    PutObjectRequest.Builder write(ObjectKey key, long size, String crc32c, String id) {
        var request =
                PutObjectRequest.builder()
                        .bucket(uri.bucket())
                        .key(name(key))
                        .contentLength(size)
                        .checksumCRC32C(base64(crc32c))
                        .metadata(metadata(id));
        settings.kmsKeyId()
                .ifPresent(kms ->
                        request.serverSideEncryption(ServerSideEncryption.AWS_KMS)
                                .ssekmsKeyId(kms)
                                .bucketKeyEnabled(true));
        return request;
    }

    static Map<String, String> metadata(String id) {
        return Map.of(WRITE_ID, id);
    }

    private static String writeId() {
        return UUID.randomUUID().toString();
    }

    Problem exists(ObjectKey key) {
        return new Problem(
                ErrorCode.OBJECT_EXISTS,
                "object " + key + " is already in " + uri,
                "Someone else wrote it; nothing was changed.");
    }

    private void refuseTooLarge(ObjectKey key, byte[] content) {
        if (content.length > DOCUMENT_LIMIT)
            throw new Problem(
                    ErrorCode.UPLOAD_TOO_LARGE,
                    "object " + key + " is too large for a document: " + content.length + " bytes",
                    "Documents have at most " + DOCUMENT_LIMIT + " bytes.");
    }

    // For the upload

    S3Client client() {
        return client;
    }

    S3Settings settings() {
        return settings;
    }

    String bucket() {
        return uri.bucket();
    }

    Problem problem(SdkException e, String doing) {
        return failures.problem(e, doing);
    }

    <T> T patiently(Supplier<T> call) {
        return patience.with(call);
    }

    String name(ObjectKey key) {
        return prefix + key;
    }

    private Optional<ObjectKey> key(String name) {
        return ObjectKey.ifValid(name.substring(prefix.length()));
    }

    /// S3 says base64 where the port says hexadecimal.
    static String base64(String crc32c) {
        return Base64.getEncoder().encodeToString(HexFormat.of().parseHex(crc32c));
    }

    /// Empty also for the checksum of checksums (`…-5`) of an upload by other programs.
    static Optional<String> hex(@Nullable String base64) {
        if (base64 == null || base64.length() != 8) return Optional.empty();
        try {
            return Optional.of(HexFormat.of().formatHex(Base64.getDecoder().decode(base64)));
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }
}
