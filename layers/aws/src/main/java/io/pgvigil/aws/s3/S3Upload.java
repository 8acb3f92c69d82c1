package io.pgvigil.aws.s3;

import io.pgvigil.aws.StoppableThread;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectChecksum;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectUpload;
import io.pgvigil.core.store.StoredObject;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/// An object on its way to S3: one put while it is small, several parts at a time after that.
///
/// S3 gets the CRC-32C of each part, and with the last call size and CRC-32C of the whole; it
/// refuses to make an object of anything else.
final class S3Upload implements ObjectUpload {
    static final int PARTS_IN_FLIGHT = 4;

    /// A part that moves slower than this is taken for lost.
    private static final long SLOWEST_BYTES_PER_SECOND = 256 << 10;

    private static final Duration SHORTEST_PART_TIMEOUT = Duration.ofMinutes(2);

    /// Completing many parts takes S3 minutes.
    private static final Duration COMPLETE_TIMEOUT = Duration.ofMinutes(10);

    private static final Duration LONGEST_FAREWELL = Duration.ofSeconds(30);

    private final S3Store store;
    private final ObjectKey key;
    private final String writeId;
    private final ObjectChecksum checksum = new ObjectChecksum();
    private final Chunks chunks;
    private final ExecutorService senders = StoppableThread.perTask();

    private int lastNumber;
    private @Nullable PartBuffer filling;
    private @Nullable String uploadId;
    private boolean done;

    // Shared with the senders, under this object's monitor.
    private final SortedMap<Integer, CompletedPart> sent = new TreeMap<>();
    private int inFlight;
    private long inFlightBytes;
    private @Nullable RuntimeException failure;

    S3Upload(S3Store store, ObjectKey key, String writeId, Chunks chunks) {
        this.store = store;
        this.chunks = chunks;
        this.key = key;
        this.writeId = writeId;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        if (done) throw new IllegalStateException("the upload of " + key + " has ended");
        throwFailure();
        checksum.update(bytes, offset, length);
        for (var taken = 0; taken < length; ) {
            var part = filling;
            if (part == null) filling = part = begin();
            taken += part.append(bytes, offset + taken, length - taken);
            if (part.isFull()) {
                filling = null;
                send(part);
            }
        }
    }

    private PartBuffer begin() {
        if (lastNumber == PartSizes.LAST)
            throw new Problem(
                    ErrorCode.UPLOAD_TOO_LARGE,
                    "object " + key + " is larger than " + checksum.size() + " bytes",
                    "S3 takes no more in "
                            + PartSizes.LAST
                            + " parts; exclude tables or back them up"
                            + " separately.");
        var size = PartSizes.of(++lastNumber);
        awaitRoom(size);
        return new PartBuffer(lastNumber, size, chunks);
    }

    private synchronized void awaitRoom(long size) {
        while (failure == null
                && inFlight > 0
                && (inFlight == PARTS_IN_FLIGHT || inFlightBytes + size > PartSizes.memory(size)))
            await();
        throwFailure();
    }

    private synchronized void awaitAll() {
        while (failure == null && inFlight > 0) await();
        throwFailure();
    }

    private synchronized void await() {
        try {
            wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(
                    ErrorCode.STORE_FAILED,
                    "interrupted while uploading " + key,
                    "Run it again if it was not stopped on purpose.",
                    e);
        }
    }

    private synchronized void throwFailure() {
        if (failure != null) throw failure;
    }

    private void send(PartBuffer part) {
        var current = uploadId;
        var id = current != null ? current : create();
        uploadId = id;
        synchronized (this) {
            inFlight++;
            inFlightBytes += part.capacity();
        }
        var _ =
                senders.submit(() -> {
                    try {
                        var completed = store.patiently(() -> sendNow(part, id));
                        ended(part, completed, null);
                    } catch (RuntimeException | Error e) {
                        ended(part, null, e);
                    }
                });
    }

    private synchronized void ended(
            PartBuffer part, @Nullable CompletedPart completed, @Nullable Throwable why) {
        if (completed != null) sent.put(part.number(), completed);
        if (why != null && failure == null)
            failure =
                    why instanceof RuntimeException e
                            ? e
                            : new IllegalStateException("could not send a part of " + key, why);
        part.recycle();
        inFlight--;
        inFlightBytes -= part.capacity();
        notifyAll();
    }

    private String create() {
        var request =
                CreateMultipartUploadRequest.builder()
                        .bucket(store.bucket())
                        .key(store.name(key))
                        .metadata(S3Store.metadata(writeId))
                        .checksumAlgorithm(ChecksumAlgorithm.CRC32_C)
                        .checksumType(ChecksumType.FULL_OBJECT);
        store.settings()
                .kmsKeyId()
                .ifPresent(kms ->
                        request.serverSideEncryption(ServerSideEncryption.AWS_KMS)
                                .ssekmsKeyId(kms)
                                .bucketKeyEnabled(true));
        return store.patiently(() -> {
            try {
                return store.client().createMultipartUpload(request.build()).uploadId();
            } catch (SdkException e) {
                throw store.problem(e, "begin the upload of " + key);
            }
        });
    }

    private CompletedPart sendNow(PartBuffer part, String id) {
        var timeout = SHORTEST_PART_TIMEOUT.plusSeconds(part.size() / SLOWEST_BYTES_PER_SECOND);
        try {
            var answer =
                    store.client()
                            .uploadPart(
                                    upload ->
                                            upload.bucket(store.bucket())
                                                    .key(store.name(key))
                                                    .uploadId(id)
                                                    .partNumber(part.number())
                                                    .contentLength(part.size())
                                                    .checksumCRC32C(S3Store.base64(part.crc32c()))
                                                    .overrideConfiguration(overrides ->
                                                            overrides.apiCallAttemptTimeout(
                                                                    timeout)),
                                    body(part));
            return CompletedPart.builder()
                    .partNumber(part.number())
                    .eTag(answer.eTag())
                    .checksumCRC32C(S3Store.base64(part.crc32c()))
                    .build();
        } catch (SdkException e) {
            throw store.problem(e, "send part " + part.number() + " of " + key);
        }
    }

    private static RequestBody body(PartBuffer part) {
        return RequestBody.fromContentProvider(part::open, part.size(), "application/octet-stream");
    }

    @Override
    public StoredObject complete() {
        if (done) throw new IllegalStateException("the upload of " + key + " has ended");
        var last = filling;
        filling = null;
        var id = uploadId;
        if (id == null) putWhole(last == null ? new PartBuffer(1, 1, chunks) : last);
        else {
            if (last != null) send(last);
            awaitAll();
            completeParts(id);
        }
        var stored = confirmed();
        done = true;
        senders.shutdown();
        return stored;
    }

    private void putWhole(PartBuffer whole) {
        var request =
                store.write(key, whole.size(), whole.crc32c(), writeId).ifNoneMatch("*").build();
        var stored = store.patiently(() -> store.putIf(key, request, body(whole), writeId));
        whole.recycle();
        if (!stored) throw store.exists(key);
    }

    private void completeParts(String id) {
        store.patiently(() -> {
            try {
                completeNow(id);
            } catch (S3Exception e) {
                // The answer to an earlier attempt may be lost: then the object is ours
                // and the upload is gone.
                if (store.isOurs(key, writeId)) return true;
                if (e.statusCode() == 412) throw store.exists(key);
                // Two conditional writes met; S3 wants the loser to look.
                if (e.statusCode() == 409 && store.head(key).isPresent()) throw store.exists(key);
                if (e.statusCode() == 404 && S3Failures.code(e).equals("NoSuchUpload"))
                    throw aborted(e);
                throw store.problem(e, "complete the upload of " + key);
            } catch (SdkException e) {
                var problem = store.problem(e, "complete the upload of " + key);
                if (problem.transientFailure() && store.isOurs(key, writeId)) return true;
                throw problem;
            }
            return true;
        });
    }

    private void completeNow(String id) {
        store.client()
                .completeMultipartUpload(complete ->
                        complete.bucket(store.bucket())
                                .key(store.name(key))
                                .uploadId(id)
                                .multipartUpload(parts -> parts.parts(sent.values()))
                                .checksumType(ChecksumType.FULL_OBJECT)
                                .checksumCRC32C(S3Store.base64(checksum.crc32c()))
                                .mpuObjectSize(checksum.size())
                                .ifNoneMatch("*")
                                .overrideConfiguration(overrides ->
                                        overrides.apiCallAttemptTimeout(COMPLETE_TIMEOUT)));
    }

    private Problem aborted(S3Exception e) {
        return new Problem(
                ErrorCode.STORE_FAILED,
                "the upload of " + key + " was aborted by someone else",
                "Check that nothing cleans up uploads that are still running, then run it again.",
                e);
    }

    /// What the store says it has, compared with what was written.
    private StoredObject confirmed() {
        var there = store.patiently(() -> store.stat(key));
        if (there.isEmpty()) throw different("the store does not have it");
        var stored = there.get();
        if (stored.size() != checksum.size())
            throw different(stored.size() + " bytes instead of " + checksum.size());
        if (!stored.crc32c().orElse(checksum.crc32c()).equals(checksum.crc32c()))
            throw different(
                    "CRC-32C " + stored.crc32c().get() + " instead of " + checksum.crc32c());
        return new StoredObject(
                key,
                stored.size(),
                stored.modified(),
                Optional.of(checksum.crc32c()),
                stored.versionId(),
                stored.storageClass());
    }

    private Problem different(String how) {
        try {
            // Only what carries our id, and only where this role may: otherwise it is debris.
            if (store.isOurs(key, writeId)) store.delete(key);
        } catch (Problem stays) {
            // It has no manifest, so it is no backup.
        }
        return new Problem(
                ErrorCode.OBJECT_DAMAGED,
                "the store confirmed the upload of " + key + " and has something else: " + how,
                "Run it again; if it happens again, the store does not keep S3's promises.");
    }

    @Override
    public void close() {
        if (done) return;
        done = true;
        // First nobody sends any more: a part that arrives after the abort would stay.
        senders.shutdownNow();
        var interrupted = Thread.interrupted();
        try {
            var _ = senders.awaitTermination(LONGEST_FAREWELL.toSeconds(), TimeUnit.SECONDS);
            if (uploadId != null) store.abort(key, uploadId);
        } catch (InterruptedException e) {
            interrupted = true;
        } catch (Problem unreachable) {
            // The upload stays pending, where pendingUploads and the lifecycle rule find it.
        }
        if (interrupted) Thread.currentThread().interrupt();
    }
}
