package io.pgvigil.aws.stack;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;

/// What CloudFormation and Lambda mean, for the person at the command.
final class StackFailures {
    private static final Set<String> DENIED =
            Set.of("AccessDenied", "AccessDeniedException", "UnauthorizedOperation");
    private static final Set<String> CREDENTIALS =
            Set.of(
                    "ExpiredToken",
                    "ExpiredTokenException",
                    "InvalidClientTokenId",
                    "UnrecognizedClientException",
                    "SignatureDoesNotMatch",
                    "InvalidSignatureException");
    private static final int THROTTLED = 429;
    private static final int NOT_FOUND = 404;
    private static final int SERVER_SIDE = 500;

    private final String stack;
    private final Optional<String> region;

    StackFailures(String stack, Optional<String> region) {
        this.stack = stack;
        this.region = region;
    }

    /// @param doing what was being done, for example `call function pgvigil-backup`
    Problem problem(SdkException e, String doing) {
        var what = "could not " + doing;
        return e instanceof AwsServiceException answer
                ? answered(answer, what)
                : unanswered(e, what);
    }

    private Problem answered(AwsServiceException e, String what) {
        var details = e.awsErrorDetails();
        var code = details == null || details.errorCode() == null ? "" : details.errorCode();
        var message =
                details == null || details.errorMessage() == null
                        ? "status " + e.statusCode()
                        : details.errorMessage().replaceAll("\\.$", "");

        if (code.equals("ValidationError") && message.contains("does not exist"))
            return new Problem(
                    ErrorCode.STACK_NOT_FOUND,
                    "there is no stack " + stack + where(),
                    "Check the name, AWS_PROFILE and AWS_REGION; pgvigil deploy makes one.",
                    e);
        if (CREDENTIALS.contains(code))
            return new Problem(
                    ErrorCode.STACK_DENIED,
                    what + ": " + message,
                    "The credentials are not valid, or not any more; log in again.",
                    e);
        if (DENIED.contains(code) || e.statusCode() == 403)
            return new Problem(
                    ErrorCode.STACK_DENIED,
                    what + ": " + message,
                    "docs/operations/deploy.md lists what each command needs.",
                    e);
        if (e.statusCode() == THROTTLED || e.isThrottlingException())
            return new Problem(
                    ErrorCode.STACK_UNREACHABLE,
                    what + ": " + message,
                    "Too many calls at once, or the function's concurrency is used up; nothing was"
                            + " started. Try again in a minute.",
                    e);
        if (e.statusCode() == NOT_FOUND)
            return new Problem(
                    ErrorCode.STACK_INCOMPLETE,
                    what + ": " + message,
                    "The stack names a function that is not there; was it deleted by hand? Deploy"
                            + " the stack again.",
                    e);
        if (e.statusCode() >= SERVER_SIDE) return lost(what + ": " + message, e);
        return new Problem(
                ErrorCode.STACK_INCOMPLETE,
                what + ": " + (code.isEmpty() ? "" : code + ", ") + message,
                "Nothing was started. Request id " + e.requestId() + ".",
                e);
    }

    private Problem unanswered(SdkException e, String what) {
        var message = String.valueOf(e.getMessage());
        if (message.contains("Unable to load region"))
            return new Problem(
                    ErrorCode.CONFIG_INVALID,
                    what + ": no region is set",
                    "Set AWS_REGION to the stack's region.",
                    e);
        if (message.contains("Unable to load credentials"))
            return new Problem(
                    ErrorCode.STACK_DENIED,
                    what + ": no credentials were found",
                    "Log in, or set AWS_PROFILE.",
                    e);
        if (e instanceof ApiCallTimeoutException
                || e instanceof ApiCallAttemptTimeoutException
                || causedByIo(e)) return lost(what + ": no answer, " + deepest(e), e);
        return new Problem(
                ErrorCode.STACK_INCOMPLETE, what + ": " + message, "Check AWS's settings.", e);
    }

    private static Problem lost(String what, SdkException e) {
        return new Problem(
                ErrorCode.STACK_UNREACHABLE,
                what,
                "If this was an order it may have been taken all the same: look with pgvigil"
                        + " status before you repeat it.",
                e);
    }

    private String where() {
        return region.map(name -> " in region " + name).orElse(" in this region");
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
