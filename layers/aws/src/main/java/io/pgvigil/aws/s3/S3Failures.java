package io.pgvigil.aws.s3;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.StoreUri;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;

/// What an exception of the SDK means for the person who reads it.
final class S3Failures {
    private static final Set<String> TRY_AGAIN =
            Set.of(
                    "InternalError",
                    "SlowDown",
                    "ServiceUnavailable",
                    "Throttling",
                    "ThrottlingException",
                    "RequestLimitExceeded",
                    "RequestTimeout",
                    "OperationAborted",
                    "ConditionalRequestConflict");
    private static final Set<String> DAMAGED_ON_THE_WAY =
            Set.of(
                    "BadDigest",
                    "InvalidDigest",
                    "XAmzContentSHA256Mismatch",
                    "XAmzContentChecksumMismatch",
                    "IncompleteBody");
    private static final Set<String> CREDENTIALS =
            Set.of(
                    "InvalidAccessKeyId",
                    "SignatureDoesNotMatch",
                    "ExpiredToken",
                    "InvalidToken",
                    "TokenRefreshRequired");
    private static final Set<String> FULL =
            Set.of(
                    "QuotaExceeded",
                    "XMinioStorageFull",
                    "InsufficientStorage",
                    "EntityQuotaExceeded");

    private static final String BUCKET_REGION = "x-amz-bucket-region";

    private final StoreUri.S3 uri;
    private final S3Settings settings;

    S3Failures(StoreUri.S3 uri, S3Settings settings) {
        this.uri = uri;
        this.settings = settings;
    }

    /// @param doing what was being done, for example `write object a/b`
    Problem problem(SdkException e, String doing) {
        var what = "could not " + doing + " in " + uri;
        return e instanceof AwsServiceException answer
                ? answered(answer, what)
                : unanswered(e, what);
    }

    static String code(AwsServiceException e) {
        @Nullable AwsErrorDetails details = e.awsErrorDetails();
        var code = details == null ? null : details.errorCode();
        return code == null ? "" : code;
    }

    private Problem answered(AwsServiceException e, String what) {
        var code = code(e);
        var status = e.statusCode();
        // An answer to HEAD has no body, hence no code and no message: the status must do.
        var answer =
                what + ": " + (code.isEmpty() ? "status " + status : code + " (" + status + ")");
        var detail = message(e);
        if (!detail.isEmpty()) answer += ", " + detail;

        if (FULL.contains(code) || status == 507)
            return new Problem(
                    ErrorCode.STORE_FULL,
                    answer,
                    "Free some space or raise the quota, then run it again; nothing was stored.",
                    e);
        if (TRY_AGAIN.contains(code) || status == 429 || (status >= 500 && status != 501))
            return new Problem(
                    ErrorCode.STORE_UNREACHABLE,
                    answer,
                    "The store is busy or has a fault; try again later.",
                    true,
                    e);
        if (status == 501 || code.equals("NotImplemented"))
            return new Problem(
                    ErrorCode.NOT_SUPPORTED_HERE,
                    answer,
                    "This store does not support conditional writes, full-object checksums or"
                            + " multipart uploads as S3 has them. Two runs could overwrite each"
                            + " other there, so it cannot hold backups; use another store or a newer"
                            + " version of it.",
                    e);
        if (code.equals("NoSuchBucket"))
            return new Problem(
                    ErrorCode.STORE_MISSING,
                    what + ": bucket " + uri.bucket() + " does not exist",
                    "Create the bucket, or correct its name in the store's address.",
                    e);
        if (status == 301 || status == 307 || wrongRegion(e, code))
            return new Problem(
                    ErrorCode.STORE_MISSING,
                    what + ": bucket " + uri.bucket() + " is in region " + region(e, "another one"),
                    "Set AWS_REGION to the bucket's region.",
                    e);
        if (code.equals("RequestTimeTooSkewed"))
            return new Problem(
                    ErrorCode.STORE_DENIED,
                    answer,
                    "The clock of this machine is wrong; set it and run it again.",
                    e);
        if (CREDENTIALS.contains(code))
            return new Problem(
                    ErrorCode.STORE_DENIED,
                    answer,
                    "The credentials are wrong or have expired; refresh them and run it again.",
                    e);
        if (code.equals("InvalidObjectState"))
            return new Problem(
                    ErrorCode.STORE_FAILED,
                    answer,
                    "The object is in an archive storage class. Restores and drills can have a backup"
                            + " brought back: --retrieve standard.",
                    e);
        if (code.startsWith("KMS"))
            return new Problem(
                    ErrorCode.STORE_DENIED,
                    answer,
                    "Check that the KMS key exists and is enabled, and that this role may use it"
                            + " (kms:GenerateDataKey and kms:Decrypt).",
                    e);
        if (status == 401 || status == 403)
            return new Problem(
                    ErrorCode.STORE_DENIED,
                    answer,
                    "Check the role's policy, the bucket policy and the key policy. S3 also answers"
                            + " so for an object that is not there, when s3:ListBucket is missing.",
                    e);
        if (code.equals("EntityTooLarge"))
            return new Problem(
                    ErrorCode.UPLOAD_TOO_LARGE,
                    answer,
                    "Make the object smaller, for example by excluding tables.",
                    e);
        if (code.equals("InvalidPart") || code.equals("InvalidPartOrder"))
            return new Problem(
                    ErrorCode.OBJECT_DAMAGED,
                    answer,
                    "The store lost a part that it had confirmed; nothing was stored. Run it again.",
                    e);
        if (DAMAGED_ON_THE_WAY.contains(code))
            return new Problem(
                    ErrorCode.OBJECT_DAMAGED,
                    answer,
                    "The store received other bytes than were sent and refused them; run it again.",
                    true,
                    e);
        return new Problem(
                ErrorCode.STORE_FAILED,
                answer,
                "Look the code up in the documentation of the store; request id "
                        + e.requestId()
                        + ".",
                e);
    }

    private Problem unanswered(SdkException e, String what) {
        var message = String.valueOf(e.getMessage());
        if (e instanceof AbortedException || Thread.currentThread().isInterrupted())
            return new Problem(
                    ErrorCode.STORE_FAILED,
                    what + ": interrupted",
                    "Run it again if it was not stopped on purpose.",
                    e);
        if (message.contains("Unable to load region"))
            return new Problem(
                    ErrorCode.CONFIG_INVALID,
                    what + ": no region is set",
                    "Set AWS_REGION to the bucket's region.",
                    e);
        if (message.contains("Unable to load credentials"))
            return new Problem(
                    ErrorCode.STORE_DENIED,
                    what + ": no credentials were found",
                    "Give this task or function a role, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and"
                            + " AWS_SECRET_ACCESS_KEY.",
                    e);
        if (e instanceof ApiCallTimeoutException
                || e instanceof ApiCallAttemptTimeoutException
                || causedByIo(e))
            return new Problem(
                    ErrorCode.STORE_UNREACHABLE,
                    what + ": " + where() + " does not answer, " + deepest(e),
                    "Check the endpoint, the network, the proxy and the VPC endpoint for S3; then"
                            + " try again.",
                    true,
                    e);
        return new Problem(
                ErrorCode.STORE_FAILED,
                what + ": " + message,
                "Check the settings of the store.",
                e);
    }

    private String where() {
        return settings.endpoint().map(Object::toString).orElse("S3");
    }

    private static boolean wrongRegion(AwsServiceException e, String code) {
        return code.equals("AuthorizationHeaderMalformed")
                || code.equals("PermanentRedirect")
                || code.equals("IllegalLocationConstraintException")
                || (e.statusCode() == 400 && code.isEmpty() && !region(e, "").isEmpty());
    }

    private static String region(AwsServiceException e, String otherwise) {
        @Nullable AwsErrorDetails details = e.awsErrorDetails();
        if (details == null || details.sdkHttpResponse() == null) return otherwise;
        return details.sdkHttpResponse().firstMatchingHeader(BUCKET_REGION).orElse(otherwise);
    }

    private static String message(AwsServiceException e) {
        @Nullable AwsErrorDetails details = e.awsErrorDetails();
        var message = details == null ? null : details.errorMessage();
        return message == null || message.equals("null") ? "" : message.replaceAll("\\.$", "");
    }

    private static boolean causedByIo(Throwable e) {
        for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause())
            if (cause instanceof IOException) return true;
        return false;
    }

    private static String deepest(Throwable e) {
        var deepest = e;
        for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause())
            deepest = cause;
        return deepest.getClass().getSimpleName() + ": " + deepest.getMessage();
    }
}
