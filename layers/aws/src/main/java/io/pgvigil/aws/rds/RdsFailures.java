package io.pgvigil.aws.rds;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.Set;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;

/// What an exception of the SDK means for the person who reads it.
final class RdsFailures {
    private static final Set<String> TRY_AGAIN =
            Set.of(
                    "Throttling",
                    "ThrottlingException",
                    "RequestLimitExceeded",
                    "RequestThrottled",
                    "TooManyRequestsException",
                    "InternalFailure",
                    "InternalError",
                    "ServiceUnavailable");
    private static final Set<String> DENIED =
            Set.of(
                    "AccessDenied",
                    "AccessDeniedException",
                    "UnauthorizedOperation",
                    "NotAuthorized");
    private static final Set<String> CREDENTIALS =
            Set.of(
                    "InvalidClientTokenId",
                    "SignatureDoesNotMatch",
                    "ExpiredToken",
                    "ExpiredTokenException");
    private static final Set<String> FULL = Set.of("InstanceQuotaExceeded", "StorageQuotaExceeded");
    private static final String NO_CAPACITY = "InsufficientDBInstanceCapacity";

    private RdsFailures() {}

    /// @param doing what was being done, for example `make instance pgvigil-…`
    static Problem problem(SdkException e, String doing) {
        var what = "RDS could not " + doing;
        if (e instanceof AbortedException || Thread.currentThread().isInterrupted()) {
            Thread.currentThread().interrupt();
            return cancelled(doing, e);
        }
        if (!(e instanceof AwsServiceException answer))
            return failed(
                    what + ": " + e.getMessage(),
                    "Can this task reach the RDS API? It needs a route to the internet or an endpoint"
                            + " for rds in the VPC, and credentials.",
                    true,
                    e);
        var code = code(answer);
        var said = what + ": " + code + " (" + answer.statusCode() + "): " + message(answer);
        if (TRY_AGAIN.contains(code) || answer.statusCode() >= 500)
            return failed(said, "It was tried several times; try again later.", true, e);
        return failed(said, hint(code), false, e);
    }

    static Problem cancelled(String doing, Throwable e) {
        return new Problem(
                ErrorCode.RUN_CANCELLED,
                "told to stop while RDS was to " + doing,
                "Start it again when you are ready; watch deletes what may be left of the temporary"
                        + " instance.",
                e);
    }

    private static Problem failed(
            String what, String hint, boolean transientFailure, Throwable cause) {
        return new Problem(ErrorCode.INSTANCE_FAILED, what, hint, transientFailure, cause);
    }

    private static String hint(String code) {
        if (DENIED.contains(code))
            return "The task's role needs rds:CreateDBInstance, rds:AddTagsToResource,"
                    + " rds:DescribeDBInstances, rds:DescribeDBEngineVersions and rds:DeleteDBInstance"
                    + " for instances tagged with this stack's name.";
        if (CREDENTIALS.contains(code)) return "The credentials are wrong or have expired.";
        if (FULL.contains(code))
            return "The account's quota of RDS is used up: ask for more, or prove this backup in the"
                    + " sandbox.";
        if (code.equals(NO_CAPACITY))
            return "Name another class under drill.rds, or subnets in more availability zones.";
        return "Look at drill.rds in the server's profile: subnet_group, security_groups, class,"
                + " parameter_group, kms_key.";
    }

    private static String code(AwsServiceException e) {
        var details = e.awsErrorDetails();
        var code = details == null ? null : details.errorCode();
        return code == null ? "no code" : code;
    }

    private static String message(AwsServiceException e) {
        var details = e.awsErrorDetails();
        var message = details == null ? null : details.errorMessage();
        return message == null ? "no reason given" : message.replaceAll("\\s+", " ");
    }
}
