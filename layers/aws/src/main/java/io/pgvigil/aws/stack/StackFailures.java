package io.pgvigil.aws.stack;

import io.pgvigil.aws.AwsFailure;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.Optional;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/// What CloudFormation and Lambda mean, for the person at the command.
final class StackFailures {
    private static final int THROTTLED = 429;
    private static final int DENIED = 403;
    private static final int NOT_FOUND = 404;

    private final String stack;
    private final Optional<String> region;

    StackFailures(String stack, Optional<String> region) {
        this.stack = stack;
        this.region = region;
    }

    /// @param doing what was being done, for example `call function pgvigil-backup`
    Problem problem(SdkException e, String doing) {
        var failure = AwsFailure.of(e);
        var what = "could not " + doing + ": " + failure.words().replaceAll("\\.$", "");
        if (failure.code().equals("ValidationError") && failure.words().contains("does not exist"))
            return new Problem(
                    ErrorCode.STACK_NOT_FOUND,
                    "there is no stack " + stack + where(),
                    "Check the name, AWS_PROFILE and AWS_REGION; pgvigil deploy makes one.",
                    e);
        var status = e instanceof AwsServiceException answer ? answer.statusCode() : 0;
        return switch (failure.kind()) {
            case CREDENTIALS ->
                    new Problem(
                            ErrorCode.STACK_DENIED,
                            what,
                            "Log in (again), or set AWS_PROFILE: there are no credentials, or they"
                                    + " are not valid any more.",
                            e);
            case DENIED -> denied(what, e);
            case BUSY ->
                    status == THROTTLED || failure.throttled()
                            ? new Problem(
                                    ErrorCode.STACK_UNREACHABLE,
                                    what,
                                    "Too many calls at once, or the function's concurrency is used up;"
                                            + " nothing was started. Try again in a minute.",
                                    e)
                            : lost(what, e);
            case UNREACHABLE, INTERRUPTED -> lost(what, e);
            case REFUSED -> refused(failure, status, what, e);
        };
    }

    private static Problem denied(String what, SdkException e) {
        return new Problem(
                ErrorCode.STACK_DENIED,
                what,
                "docs/operations/deploy.md lists what each command needs.",
                e);
    }

    private static Problem refused(AwsFailure failure, int status, String what, SdkException e) {
        if (status == DENIED) return denied(what, e);
        if (status == NOT_FOUND)
            return new Problem(
                    ErrorCode.STACK_INCOMPLETE,
                    what,
                    "The stack names a function that is not there; was it deleted by hand? Deploy"
                            + " the stack again.",
                    e);
        if (failure.words().contains("Unable to load region"))
            return new Problem(
                    ErrorCode.CONFIG_INVALID, what, "Set AWS_REGION to the stack's region.", e);
        return new Problem(
                ErrorCode.STACK_INCOMPLETE,
                failure.code().isEmpty() ? what : what + " (" + failure.code() + ")",
                e instanceof AwsServiceException answer
                        ? "Nothing was started. Request id " + answer.requestId() + "."
                        : "Check AWS's settings.",
                e);
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
}
