package io.pgvigil.aws;

import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;

/// What an exception of the SDK says, without its class: the code, the words, and what kind of failure
/// it is.
///
/// @param code the service's word, empty when no service answered
public record AwsFailure(Kind kind, String code, String words) {

    /// What can be done about it.
    public enum Kind {
        /// Too many calls, or a fault of the service's own: later it may work.
        BUSY,
        /// No answer: network, name, endpoint, time.
        UNREACHABLE,
        /// The role may not.
        DENIED,
        /// There are no credentials, or they are not accepted.
        CREDENTIALS,
        /// We were told to stop.
        INTERRUPTED,
        /// The service refuses what was asked.
        REFUSED
    }

    private static final Set<String> DENIED =
            Set.of(
                    "AccessDenied",
                    "AccessDeniedException",
                    "AuthorizationError",
                    "AuthorizationErrorException",
                    "UnauthorizedOperation");
    private static final Set<String> CREDENTIALS =
            Set.of(
                    "ExpiredToken",
                    "ExpiredTokenException",
                    "InvalidClientTokenId",
                    "UnrecognizedClientException",
                    "InvalidSignatureException",
                    "SignatureDoesNotMatch",
                    "IncompleteSignature",
                    "MissingAuthenticationToken",
                    "MissingAuthenticationTokenException");
    private static final Set<String> BUSY =
            Set.of(
                    "InternalFailure",
                    "InternalError",
                    "InternalException",
                    "InternalServiceError",
                    "ServerException",
                    "ServiceUnavailable");

    public static AwsFailure of(SdkException e) {
        if (e instanceof AwsServiceException answer) return answered(answer);
        var words = words(e);
        if (e instanceof AbortedException || Thread.currentThread().isInterrupted())
            return new AwsFailure(Kind.INTERRUPTED, "", "interrupted");
        if (words.contains("Unable to load credentials"))
            return new AwsFailure(Kind.CREDENTIALS, "", "no credentials were found");
        if (e instanceof ApiCallTimeoutException || e instanceof ApiCallAttemptTimeoutException)
            return new AwsFailure(Kind.UNREACHABLE, "", "no answer in time");
        for (Throwable cause = e; cause != null; cause = cause.getCause())
            if (cause instanceof IOException)
                return new AwsFailure(Kind.UNREACHABLE, "", "no answer, " + words(cause));
        return new AwsFailure(Kind.REFUSED, "", words);
    }

    private static AwsFailure answered(AwsServiceException e) {
        var details = e.awsErrorDetails();
        var code = details == null || details.errorCode() == null ? "" : details.errorCode();
        var said = details == null ? null : details.errorMessage();
        var words = said == null ? "status " + e.statusCode() : said;
        return new AwsFailure(kind(e, code, words), code, words);
    }

    private static Kind kind(AwsServiceException e, String code, String words) {
        if (e.isThrottlingException() || throttled(code, words) || BUSY.contains(code))
            return Kind.BUSY;
        if (CREDENTIALS.contains(code)) return Kind.CREDENTIALS;
        if (DENIED.contains(code)) return Kind.DENIED;
        if (e.statusCode() >= 500) return Kind.BUSY;
        return Kind.REFUSED;
    }

    /// Whether a code or words found inside an answer, where no exception tells, mean "too many".
    public static boolean throttled(String code, String words) {
        var lower = words.toLowerCase(Locale.ROOT);
        return code.contains("Throttl")
                || code.equals("TooManyRequestsException")
                || code.equals("RequestLimitExceeded")
                || lower.contains("rate exceeded");
    }

    /// Whether it was too many calls.
    public boolean throttled() {
        return kind == Kind.BUSY && throttled(code, words);
    }

    public boolean transientFailure() {
        return kind == Kind.BUSY || kind == Kind.UNREACHABLE;
    }

    private static String words(Throwable e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /// `<code>: <words>`.
    @Override
    public String toString() {
        return code.isEmpty() ? words : code + ": " + words;
    }
}
