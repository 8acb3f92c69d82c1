package io.pgvigil.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ByteRange;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.testkit.FakeS3;
import io.pgvigil.testkit.FakeS3.Fault;
import io.pgvigil.testkit.FakeS3.Request;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What is left when S3, the network or a proxy does what they do at night.
final class S3FaultsTest {
    private static final ObjectKey KEY = new ObjectKey("orders/app/data.zst");
    private static final String NAME = "pg/" + KEY;

    /// What the SDK sends in all for one call before it gives up.
    private static final int SDK_ATTEMPTS = 3;

    private static final Predicate<Request> PART = request -> request.is("PUT", "partNumber");
    private static final Predicate<Request> FIRST_PART =
            request -> "1".equals(request.query().get("partNumber"));
    private static final Predicate<Request> BEGIN = request -> request.is("POST", "uploads");
    private static final Predicate<Request> COMPLETE = request -> request.is("POST", "uploadId");
    private static final Predicate<Request> PUT =
            request -> request.method().equals("PUT") && request.query().isEmpty();
    private static final Predicate<Request> GET =
            request -> request.method().equals("GET") && !request.key().isEmpty();
    private static final Predicate<Request> HEAD = request -> request.method().equals("HEAD");

    private final byte[] content = random((17 << 20) + 11);
    private final FakeS3 s3 = new FakeS3();
    private final S3Store store = MockS3.store(new StoreUri.S3(FakeS3.BUCKET, "pg"), s3.endpoint());

    @AfterEach
    void stop() {
        store.close();
        s3.close();
    }

    // Uploading

    @Test
    void a_part_that_is_throttled_is_sent_again() throws IOException {
        s3.on(PART, new Fault.Answer(503, "SlowDown"), 2);

        upload();

        assertThat(read()).isEqualTo(content);
    }

    @Test
    void a_part_outlives_the_retries_of_the_sdk() throws IOException {
        s3.on(FIRST_PART, new Fault.Answer(500, "InternalError"), 2 * SDK_ATTEMPTS + 1);

        upload();

        assertThat(read()).isEqualTo(content);
    }

    @Test
    void a_part_whose_bits_flip_on_the_way_is_refused_and_sent_again() throws IOException {
        s3.on(FIRST_PART, new Fault.FlipBit(), 1);

        upload();

        assertThat(read()).isEqualTo(content);
    }

    @Test
    void a_store_that_stays_away_ends_the_upload_and_leaves_nothing() {
        s3.on(PART, new Fault.Answer(503, "SlowDown"), Integer.MAX_VALUE);

        var problem = problem(this::upload);

        assertThat(problem.code()).isEqualTo(ErrorCode.STORE_UNREACHABLE);
        assertThat(problem.transientFailure()).isTrue();
        assertNothingIsLeft();
    }

    @Test
    void an_upload_that_is_refused_leaves_nothing_listed_and_no_open_upload() {
        for (var step : List.of(BEGIN, PART, COMPLETE)) {
            s3.on(step, new Fault.Answer(403, "AccessDenied"), 1);

            var problem = problem(this::upload);

            assertThat(problem.code()).isEqualTo(ErrorCode.STORE_DENIED);
            assertThat(problem.transientFailure()).isFalse();
            assertNothingIsLeft();
        }
    }

    @Test
    void a_complete_that_answers_200_with_an_error_is_an_error() {
        s3.on(COMPLETE, new Fault.Answer(200, "InternalError"), Integer.MAX_VALUE);

        var problem = problem(this::upload);

        assertThat(problem.code()).isEqualTo(ErrorCode.STORE_UNREACHABLE);
        assertThat(problem).hasMessageContaining("InternalError");
        assertNothingIsLeft();
    }

    @Test
    void a_complete_that_answers_200_with_an_error_once_is_tried_again() throws IOException {
        s3.on(COMPLETE, new Fault.Answer(200, "InternalError"), 1);

        upload();

        assertThat(read()).isEqualTo(content);
    }

    @Test
    void a_complete_that_pretends_is_found_out_by_looking() {
        s3.on(COMPLETE, new Fault.Pretend(), 1);

        assertThat(problem(this::upload).code()).isEqualTo(ErrorCode.OBJECT_DAMAGED);
        assertNothingIsLeft();
    }

    @Test
    void a_small_put_that_pretends_is_found_out_by_looking() {
        s3.on(PUT, new Fault.Pretend(), 1);

        assertThat(problem(() -> upload(new byte[10])).code()).isEqualTo(ErrorCode.OBJECT_DAMAGED);
        assertNothingIsLeft();
    }

    @Test
    void a_part_that_was_confirmed_and_dropped_makes_no_object() {
        s3.on(FIRST_PART, new Fault.Pretend(), 1);

        assertThat(problem(this::upload).code()).isEqualTo(ErrorCode.OBJECT_DAMAGED);
        assertNothingIsLeft();
    }

    @Test
    void a_complete_whose_answer_is_lost_has_completed() throws IOException {
        s3.on(COMPLETE, new Fault.NoAnswer(), 1);

        upload();

        assertThat(read()).isEqualTo(content);
        assertThat(s3.openUploads()).isZero();
    }

    @Test
    void a_complete_that_is_done_and_denied_has_completed() throws IOException {
        s3.on(COMPLETE, new Fault.DoneBut(500, "InternalError"), Integer.MAX_VALUE);

        upload();

        assertThat(read()).isEqualTo(content);
    }

    @Test
    void the_abort_after_a_failure_may_fail_too_and_the_first_failure_is_told() {
        s3.on(PART, new Fault.Answer(403, "AccessDenied"), 1);
        s3.on(
                request -> request.method().equals("DELETE"),
                new Fault.Answer(403, "AccessDenied"),
                Integer.MAX_VALUE);

        assertThat(problem(this::upload)).hasMessageContaining("send part");

        assertThat(store.pendingUploads("")).hasSize(1);
        assertThat(store.list("")).isEmpty();
    }

    // Conditional writes

    @Test
    void a_create_whose_answer_is_lost_has_created() {
        for (var lost : List.of(new Fault.NoAnswer(), new Fault.DoneBut(500, "InternalError"))) {
            s3.on(PUT, lost, 1);
            var key = new ObjectKey("runs/" + lost.hashCode());

            assertThat(store.create(key, new byte[] {1})).isTrue();
            assertThat(store.create(key, new byte[] {1})).isFalse();
        }
    }

    @Test
    void a_replace_whose_answer_is_lost_has_replaced() {
        store.create(KEY, new byte[] {1});
        var token = store.document(KEY).orElseThrow().token();
        s3.on(PUT, new Fault.NoAnswer(), 1);

        assertThat(store.replace(KEY, new byte[] {2}, token)).isTrue();
        assertThat(store.document(KEY).orElseThrow().content()).containsExactly(2);
    }

    @Test
    void two_conditional_writes_that_meet_are_tried_again() {
        s3.on(PUT, new Fault.Answer(409, "ConditionalRequestConflict"), 2);

        assertThat(store.create(KEY, new byte[1])).isTrue();
    }

    @Test
    void a_store_without_conditional_writes_is_named_as_such() {
        s3.on(PUT, new Fault.Answer(501, "NotImplemented"), 1);

        var problem = problem(() -> store.create(KEY, new byte[1]));

        assertThat(problem.code()).isEqualTo(ErrorCode.NOT_SUPPORTED_HERE);
        assertThat(problem.hint()).contains("conditional writes");
    }

    @Test
    void every_way_of_writing_uses_the_key_that_was_asked_for() {
        var settings =
                new S3Settings(
                        Optional.empty(),
                        Optional.of(s3.endpoint()),
                        true,
                        Optional.of("alias/backup"));
        var uri = new StoreUri.S3(FakeS3.BUCKET, "pg");
        try (var client = S3Store.client(uri, settings, MockS3.CREDENTIALS)) {
            var encrypting = new S3Store(uri, settings, client, MockS3.IMPATIENT);
            encrypting.create(KEY, new byte[1]);
            encrypting.replace(KEY, new byte[2], encrypting.document(KEY).orElseThrow().token());
            encrypting.put(KEY, new byte[3]);
            for (var size : List.of(10, content.length))
                try (var upload = encrypting.upload(KEY.sibling("upload" + size))) {
                    upload.write(content, 0, size);
                    upload.complete();
                }
        }

        var writes = s3.requests().stream().filter(PUT.or(BEGIN)).toList();
        assertThat(writes).hasSize(5);
        assertThat(writes)
                .allSatisfy(write ->
                        assertThat(write.headers())
                                .containsEntry("x-amz-server-side-encryption", "aws:kms")
                                .containsEntry(
                                        "x-amz-server-side-encryption-aws-kms-key-id",
                                        "alias/backup"));
    }

    // Reading

    @Test
    void a_cut_connection_is_continued_where_it_broke() throws IOException {
        upload();
        s3.on(GET, new Fault.CutAfter(5_000_001), 3);

        assertThat(read()).isEqualTo(content);

        var continued = s3.requests().stream().filter(GET).skip(1).toList();
        assertThat(continued).hasSize(3);
        assertThat(continued).allSatisfy(get -> assertThat(get.headers()).containsKey("If-Match"));
    }

    @Test
    void a_range_whose_connection_is_cut_is_continued_too() throws IOException {
        upload();
        s3.on(GET, new Fault.CutAfter(1_000), 2);

        try (var in = store.read(KEY, new ByteRange(1_000_000, 5_000_000))) {
            assertThat(in.readAllBytes())
                    .isEqualTo(Arrays.copyOfRange(content, 1_000_000, 6_000_000));
        }
    }

    @Test
    void a_connection_that_is_always_cut_is_an_exception_and_never_an_early_end() {
        upload();
        s3.on(GET, new Fault.CutAfter(1_000_000), 1);
        s3.on(GET, new Fault.CutAfter(0), Integer.MAX_VALUE);

        assertThatThrownBy(this::read)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("reading stopped at byte");
    }

    @Test
    void two_states_of_an_object_are_never_read_as_one() throws IOException {
        upload();
        s3.on(GET, new Fault.CutAfter(1_000_000), 1);

        try (var in = store.read(KEY)) {
            in.readNBytes(500_000);
            store.put(KEY, content.clone());
            store.put(KEY, random(content.length / 2));
            assertThatThrownBy(in::readAllBytes).hasMessageContaining("was replaced while");
        }
    }

    @Test
    void what_rotted_in_the_store_is_not_read_to_its_end() {
        upload();
        s3.rot(NAME);

        assertThat(problem(this::read).code()).isEqualTo(ErrorCode.OBJECT_DAMAGED);
        assertThat(problem(() -> store.document(KEY)).code()).isEqualTo(ErrorCode.OBJECT_DAMAGED);
    }

    // Who may, and where

    @Test
    void a_missing_bucket_is_told_and_trying_again_is_not_advised() {
        var nowhere = MockS3.store(new StoreUri.S3("no-such-bucket", ""), s3.endpoint());

        for (var call :
                List.<ThrowingCallable>of(
                        () -> nowhere.list("").toList(),
                        () -> nowhere.create(KEY, new byte[1]),
                        () -> nowhere.document(KEY),
                        () -> nowhere.read(KEY))) {
            var problem = problem(call);
            assertThat(problem.code()).isEqualTo(ErrorCode.STORE_MISSING);
            assertThat(problem.transientFailure()).isFalse();
        }
    }

    @Test
    void what_the_store_answers_becomes_a_code_and_a_hint() {
        assertAnswer(403, "AccessDenied", ErrorCode.STORE_DENIED, "s3:ListBucket");
        assertAnswer(403, "RequestTimeTooSkewed", ErrorCode.STORE_DENIED, "clock");
        assertAnswer(400, "ExpiredToken", ErrorCode.STORE_DENIED, "expired");
        assertAnswer(403, "InvalidObjectState", ErrorCode.STORE_FAILED, "archive");
        assertAnswer(400, "KMS.DisabledException", ErrorCode.STORE_DENIED, "KMS");
        assertAnswer(507, "XMinioStorageFull", ErrorCode.STORE_FULL, "space");
        assertAnswer(503, "SlowDown", ErrorCode.STORE_UNREACHABLE, "later");
        assertAnswer(400, "AuthorizationHeaderMalformed", ErrorCode.STORE_MISSING, "AWS_REGION");
        assertAnswer(400, "Whatever", ErrorCode.STORE_FAILED, "request id");
    }

    private static void assertAnswer(int status, String answer, ErrorCode code, String hint) {
        // A server each, so that what is left of a fault does not meet the next call.
        try (var answering = new FakeS3();
                var asking =
                        MockS3.store(new StoreUri.S3(FakeS3.BUCKET, ""), answering.endpoint())) {
            answering.on(PUT, new Fault.Answer(status, answer), Integer.MAX_VALUE);

            var problem = problem(() -> asking.put(KEY, new byte[1]));

            assertThat(problem.code()).as(answer).isEqualTo(code);
            assertThat(problem.hint()).contains(hint);
        }
    }

    @Test
    void nobody_at_the_other_end_is_transient() throws IOException {
        URI nobody;
        try (var socket = new ServerSocket(0)) {
            nobody = URI.create("http://127.0.0.1:" + socket.getLocalPort());
        }
        var away = MockS3.store(new StoreUri.S3(FakeS3.BUCKET, ""), nobody);

        var problem = problem(() -> away.stat(KEY));

        assertThat(problem.code()).isEqualTo(ErrorCode.STORE_UNREACHABLE);
        assertThat(problem.transientFailure()).isTrue();
        assertThat(problem.what()).contains(nobody.toString());
    }

    @Test
    void a_look_that_is_refused_is_not_an_absence() {
        s3.on(HEAD, new Fault.Answer(403, ""), 1);

        assertThat(problem(() -> store.stat(KEY)).code()).isEqualTo(ErrorCode.STORE_DENIED);
    }

    // Helpers

    private StoredObject upload() {
        return upload(content);
    }

    private StoredObject upload(byte[] bytes) {
        try (var upload = store.upload(KEY)) {
            upload.write(bytes, 0, bytes.length);
            return upload.complete();
        }
    }

    private byte[] read() throws IOException {
        try (var in = store.read(KEY)) {
            return in.readAllBytes();
        }
    }

    private void assertNothingIsLeft() {
        assertThat(s3.keys()).isEmpty();
        assertThat(s3.openUploads()).isZero();
    }

    private static Problem problem(ThrowingCallable call) {
        try {
            call.call();
        } catch (Problem e) {
            return e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("no problem");
    }

    private static byte[] random(int size) {
        var content = new byte[size];
        new Random(size).nextBytes(content);
        return content;
    }
}
