package io.pgvigil.aws.ecs;

import io.pgvigil.aws.AwsFailure;
import io.pgvigil.core.RunId;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Run;
import java.util.Locale;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.ecs.model.Failure;

/// Why no task was started, for the person who reads it.
final class EcsFailures {
    private static final String CAPACITY_HINT =
            "Fargate has no room in these zones just now, or the account's quota of Fargate vCPUs is"
                    + " used up. It is tried again; more subnets in other zones"
                    + " (PGVIGIL_ECS_SUBNETS) make it rarer.";
    private static final String BUSY_HINT =
            "ECS answers too many calls or has a fault; it is tried again.";

    private final EcsSettings settings;

    EcsFailures(EcsSettings settings) {
        this.settings = settings;
    }

    /// An answer of status 200 that started nothing says why in `failures`.
    Problem inside(Run run, Failure failure) {
        var reason = Optional.ofNullable(failure.reason()).orElse("no reason");
        var said =
                reason
                        + Optional.ofNullable(failure.arn()).map(arn -> " " + arn).orElse("")
                        + Optional.ofNullable(failure.detail())
                                .map(detail -> " (" + detail + ")")
                                .orElse("");
        if (capacity(reason) || reason.startsWith("RESOURCE"))
            return problem(run, said, CAPACITY_HINT, true, null);
        if (reason.equals("AGENT"))
            return problem(
                    run, said, "The host's agent is not connected; it is tried again.", true, null);
        if (AwsFailure.throttled(reason, reason)) return problem(run, said, BUSY_HINT, true, null);
        if (reason.equals("MISSING") || reason.equals("INACTIVE"))
            return problem(
                    run,
                    said,
                    "Does the cluster " + settings.cluster() + " still exist? Deploy the stack.",
                    false,
                    null);
        return problem(
                run,
                said,
                "Look up the reason in \"API failure reasons\" of the Amazon ECS guide.",
                false,
                null);
    }

    Problem nothing(Run run) {
        return problem(
                run,
                "ECS named neither a task nor a reason",
                "It is tried again. If it stays so, look at the cluster's events in the console.",
                true,
                null);
    }

    Problem disk(Run run, int wanted, int most) {
        return problem(
                run,
                "it needs %d GiB of disk, and Fargate gives %d at most".formatted(wanted, most),
                "Restore on a machine of your own with pgvigil, or restore and prove only parts.",
                false,
                null);
    }

    Problem refused(Run run, SdkException e) {
        var failure = AwsFailure.of(e);
        return switch (failure.kind()) {
            case BUSY -> problem(run, failure.toString(), BUSY_HINT, true, e);
            case UNREACHABLE ->
                    problem(
                            run,
                            failure.toString(),
                            "Can the function reach ECS in its region? It is tried again; a task that"
                                    + " was started after all is found by its run's id.",
                            true,
                            e);
            case CREDENTIALS ->
                    problem(
                            run,
                            failure.toString(),
                            "Check the function's role, or the credentials of this shell.",
                            false,
                            e);
            case DENIED -> denied(run, failure, e);
            case INTERRUPTED ->
                    problem(
                            run,
                            failure.toString(),
                            "Start it again if it was not stopped on purpose.",
                            true,
                            e);
            case REFUSED -> refused(run, failure, e);
        };
    }

    private Problem denied(Run run, AwsFailure failure, SdkException e) {
        var words = failure.words();
        if (words.contains("iam:PassRole"))
            return problem(
                    run,
                    failure.toString(),
                    "The function's role needs iam:PassRole for the task role and the execution role"
                            + " of "
                            + settings.taskDefinition(run.order())
                            + ".",
                    false,
                    e);
        if (words.contains("ecs:TagResource"))
            return problem(
                    run,
                    failure.toString(),
                    "The function's role needs ecs:TagResource for tasks of "
                            + settings.cluster()
                            + " when they are created by RunTask.",
                    false,
                    e);
        return problem(
                run,
                failure.toString(),
                "The function's role needs ecs:RunTask for "
                        + settings.taskDefinition(run.order())
                        + " in "
                        + settings.cluster()
                        + ".",
                false,
                e);
    }

    private Problem refused(Run run, AwsFailure failure, SdkException e) {
        var words = failure.words().toLowerCase(Locale.ROOT);
        if (capacity(words)) return problem(run, failure.toString(), CAPACITY_HINT, true, e);
        if (words.contains("limit on the number")
                || failure.code().equals("LimitExceededException"))
            return problem(run, failure.toString(), CAPACITY_HINT, true, e);
        return problem(run, failure.toString(), hint(run, failure.code(), words), false, e);
    }

    private String hint(Run run, String code, String words) {
        if (code.equals("ClusterNotFoundException") || words.contains("cluster not found"))
            return "The cluster "
                    + settings.cluster()
                    + " (PGVIGIL_ECS_CLUSTER) does not exist: deploy the stack, or correct it.";
        if (words.contains("subnet"))
            return "Check the subnets (PGVIGIL_ECS_SUBNETS): do they exist in this region and account?";
        if (words.contains("security group") || words.contains("securitygroup"))
            return "Check "
                    + (run.order() instanceof io.pgvigil.core.run.Order.Drill
                            ? "PGVIGIL_ECS_DRILL_SECURITY_GROUPS"
                            : "PGVIGIL_ECS_SECURITY_GROUPS")
                    + ": do the groups exist, in the VPC of the subnets?";
        if (words.contains("no fargate configuration")
                || words.contains("ephemeral")
                || words.contains("invalid 'cpu'")
                || words.contains("invalid 'memory'"))
            return "Fargate has no task of the size "
                    + run.size().map(Object::toString).orElse("that the task definition names")
                    + "; correct the server's task size.";
        if (words.contains("container override") || words.contains("override for container"))
            return "The task definition "
                    + settings.taskDefinition(run.order())
                    + " needs a container named "
                    + EcsTasks.CONTAINER
                    + ".";
        if (words.contains("task definition") || words.contains("taskdefinition"))
            return "The task definition "
                    + settings.taskDefinition(run.order())
                    + " does not exist or is inactive: deploy the stack.";
        if (words.contains("role"))
            return "Does the role that the task definition names exist, and may ECS assume it?";
        if (code.startsWith("Platform") || code.equals("UnsupportedFeatureException"))
            return "The task definition asks for a platform or feature that Fargate does not have in"
                    + " this region: check its platform version and architecture.";
        if (code.equals("BlockedException"))
            return "AWS has blocked the account: contact AWS Support.";
        return "The message is ECS's own; compare with the task definition "
                + settings.taskDefinition(run.order())
                + ".";
    }

    private static boolean capacity(String words) {
        return words.toLowerCase(Locale.ROOT).contains("capacity");
    }

    /// A look that failed says nothing about the task.
    Problem unseen(RunId run, SdkException e) {
        var failure = AwsFailure.of(e);
        return new Problem(
                ErrorCode.TASK_UNSEEN,
                "the task of run " + run + " cannot be looked at: " + failure,
                failure.kind() == AwsFailure.Kind.DENIED
                        ? "The function's role needs ecs:DescribeTasks in "
                                + settings.cluster()
                                + "."
                        : "It is looked at again with the next tick.",
                failure.transientFailure(),
                e);
    }

    private static Problem problem(
            Run run,
            String what,
            String hint,
            boolean transientFailure,
            @org.jspecify.annotations.Nullable Throwable cause) {
        return new Problem(
                ErrorCode.TASK_NOT_STARTED,
                "no task could be started for run " + run.run() + ": " + what,
                hint,
                transientFailure,
                cause);
    }
}
